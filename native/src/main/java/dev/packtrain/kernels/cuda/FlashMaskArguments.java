package dev.packtrain.kernels.cuda;

import dev.packtrain.kernels.cuda.FlashMaskTiles.Section;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The kernels' one parameter, struct FlashMaskArgs of flash_mask_args.h.
 *
 * @param gradients null in the forward pass, whose kernel does not look at them
 */
record FlashMaskArguments(
        GpuAttentionShape shape,
        FlashMaskTiles tiles,
        FlashMaskCuda.Operands operands,
        FlashMaskCuda.Gradients gradients,
        FlashMaskCuda.Workspace workspace) {
    static final int NUM_BYTES = 8 * 16 + 9 * 8 + 6 * 4;
    private static final DeviceMatrix NONE = new DeviceMatrix(0, 0, 0);

    /** In the byte order of this machine, direct, position 0. */
    ByteBuffer toBytes() {
        ByteBuffer bytes = ByteBuffer.allocateDirect(NUM_BYTES).order(ByteOrder.nativeOrder());
        put(bytes, operands.q());
        put(bytes, operands.k());
        put(bytes, operands.v());
        put(bytes, operands.o());
        put(bytes, gradients == null ? NONE : gradients.o());
        put(bytes, gradients == null ? NONE : gradients.q());
        put(bytes, gradients == null ? NONE : gradients.k());
        put(bytes, gradients == null ? NONE : gradients.v());
        bytes.putLong(workspace.logSum()).putLong(workspace.delta());
        for (Section section : Section.values()) {
            bytes.putLong(tiles.address(workspace.tiles(), section));
        }
        bytes.putInt(tiles.numRows()).putInt(tiles.numKeys()).putInt(tiles.numPaddedRows());
        bytes.putInt(shape.numHeads() / shape.numGroups())
                .putFloat((float) shape.scale())
                .putInt(shape.headDim());
        return bytes.flip();
    }

    private static void put(ByteBuffer bytes, DeviceMatrix matrix) {
        bytes.putLong(matrix.address()).putInt((int) matrix.rowStride()).putInt((int) matrix.headStride());
    }
}
