package dev.packtrain.kernels.cuda;

import dev.packtrain.kernels.DirectMemory;
import dev.packtrain.kernels.FlashMask;
import dev.packtrain.kernels.FlashMasks;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;

/** Attention through {@link FlashMaskCuda}, with host memory as a GPU's, against the formula in fp64. Runs in a JVM of its own. */
final class EmulatedDriverMain {
    private static final int HEADS = 4;
    private static final int GROUPS = 2;
    private static final double SCALE = 0.2;

    private final FlashMask mask;
    private final int headDim;
    private final Random random = new Random(11);
    private final ByteBuffer q;
    private final ByteBuffer k;
    private final ByteBuffer v;
    private final ByteBuffer dO;
    private final ByteBuffer o;
    private final ByteBuffer[] gradients;

    private EmulatedDriverMain(FlashMask mask, int headDim) {
        this.mask = mask;
        this.headDim = headDim;
        q = random(mask.numRows() * HEADS * headDim);
        k = random(mask.numKeys() * GROUPS * headDim);
        v = random(mask.numKeys() * GROUPS * headDim);
        dO = random(mask.numRows() * HEADS * headDim);
        o = memory(q.capacity());
        gradients = new ByteBuffer[] {memory(q.capacity()), memory(k.capacity()), memory(v.capacity())};
    }

    public static void main(String[] args) {
        boolean good = true;
        try (FlashMaskCuda kernels = FlashMaskCuda.load(0)) {
            CUstream_st stream = new CUstream_st();
            if (cudart.cuStreamCreate(stream, 0) != cudart.CUDA_SUCCESS) {
                throw new IllegalStateException("the emulated driver has a stream");
            }
            int[] bounds = {0, 60, 61, 175};
            for (FlashMask mask : new FlashMask[] {
                FlashMasks.causalDocument(bounds), FlashMasks.document(bounds), FlashMasks.slidingWindow(150, 30)
            }) {
                good &= new EmulatedDriverMain(mask, 32).run(kernels, stream);
            }
            for (int headDim : new int[] {80, 256}) {
                good &= new EmulatedDriverMain(FlashMasks.causalDocument(bounds), headDim).run(kernels, stream);
            }
        }
        System.exit(good ? 0 : 1);
    }

    private boolean run(FlashMaskCuda kernels, CUstream_st stream) {
        FlashMaskTiles tiles = FlashMaskTiles.of(mask);
        ByteBuffer words = memory(4 * tiles.words().length);
        words.asIntBuffer().put(tiles.words());
        ByteBuffer logSum = memory(4 * HEADS * tiles.numPaddedRows());
        ByteBuffer delta = memory(logSum.capacity());
        GpuAttentionShape shape = new GpuAttentionShape(HEADS, GROUPS, headDim, GpuAttentionShape.Element.BF16, SCALE);
        FlashMaskCuda.Operands operands =
                new FlashMaskCuda.Operands(matrix(q, HEADS), matrix(k, GROUPS), matrix(v, GROUPS), matrix(o, HEADS));
        FlashMaskCuda.Workspace workspace = new FlashMaskCuda.Workspace(
                DirectMemory.addressOf(words), DirectMemory.addressOf(logSum), DirectMemory.addressOf(delta));
        kernels.forward(shape, tiles, operands, workspace, stream);
        FlashMaskCuda.Gradients results = new FlashMaskCuda.Gradients(
                matrix(dO, HEADS),
                matrix(gradients[0], HEADS),
                matrix(gradients[1], GROUPS),
                matrix(gradients[2], GROUPS));
        kernels.backward(shape, tiles, operands, results, workspace, stream);
        double[][] expected = formula();
        ByteBuffer[] actual = {o, gradients[0], gradients[1], gradients[2]};
        double worst = 0;
        for (int i = 0; i < actual.length; i++) {
            worst = Math.max(worst, relativeError(actual[i], expected[i]));
        }
        // bf16 has 8 bits of mantissa; errors are relative to the norm of the whole tensor.
        boolean good = worst < 0x1p-7;
        System.out.println(mask.numRows() + " tokens: relative error " + worst + (good ? " good" : " BAD"));
        return good;
    }

    /** O, dQ, dK, dV. */
    private double[][] formula() {
        double[][] results = {
            new double[q.capacity() / 2],
            new double[q.capacity() / 2],
            new double[k.capacity() / 2],
            new double[v.capacity() / 2]
        };
        for (int head = 0; head < HEADS; head++) {
            for (int row = 0; row < mask.numRows(); row++) {
                addRow(results, (row * HEADS + head) * headDim, row, head / (HEADS / GROUPS));
            }
        }
        return results;
    }

    private void addRow(double[][] results, int at, int row, int group) {
        double[] p = new double[mask.numKeys()];
        double[] dP = new double[mask.numKeys()];
        double sum = 0;
        for (int key = 0; key < p.length; key++) {
            int of = (key * GROUPS + group) * headDim;
            p[key] = mask.visible(row, key) ? Math.exp(SCALE * dot(q, at, k, of)) : 0;
            dP[key] = dot(dO, at, v, of);
            sum += p[key];
        }
        double delta = 0;
        for (int key = 0; key < p.length; key++) {
            p[key] /= sum;
            delta += p[key] * dP[key];
        }
        for (int key = 0; key < p.length; key++) {
            int of = (key * GROUPS + group) * headDim;
            double dS = SCALE * p[key] * (dP[key] - delta);
            for (int i = 0; i < headDim; i++) {
                results[0][at + i] += p[key] * value(v, of + i);
                results[1][at + i] += dS * value(k, of + i);
                results[2][of + i] += dS * value(q, at + i);
                results[3][of + i] += p[key] * value(dO, at + i);
            }
        }
    }

    private double dot(ByteBuffer x, int at, ByteBuffer y, int of) {
        double sum = 0;
        for (int i = 0; i < headDim; i++) {
            sum += value(x, at + i) * value(y, of + i);
        }
        return sum;
    }

    private static double relativeError(ByteBuffer actual, double[] expected) {
        double error = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            error += Math.pow(value(actual, i) - expected[i], 2);
            size += expected[i] * expected[i];
        }
        return Math.sqrt(error / size);
    }

    /** bf16 is the upper half of fp32. */
    private static double value(ByteBuffer bf16, int i) {
        return Float.intBitsToFloat(bf16.getShort(2 * i) << 16);
    }

    private ByteBuffer random(int size) {
        ByteBuffer memory = memory(2 * size);
        for (int i = 0; i < size; i++) {
            memory.putShort(2 * i, (short) (Float.floatToIntBits((float) random.nextGaussian()) >>> 16));
        }
        return memory;
    }

    private static ByteBuffer memory(int numBytes) {
        return ByteBuffer.allocateDirect(numBytes + 16)
                .alignedSlice(16)
                .slice(0, numBytes)
                .order(ByteOrder.nativeOrder());
    }

    private DeviceMatrix matrix(ByteBuffer memory, int heads) {
        return new DeviceMatrix(DirectMemory.addressOf(memory), (long) heads * headDim, headDim);
    }
}
