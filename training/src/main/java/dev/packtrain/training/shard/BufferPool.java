package dev.packtrain.training.shard;

import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Flat buffers that parts of a model take in turns. A buffer is made when none of about the right size is free, so there
 * are as many as were ever taken at a time: a few of a block's size and one of an embedding's, whatever the depth.
 */
final class BufferPool implements AutoCloseable {
    /** A buffer may be this much larger than asked for: an embedding and a head with its norm share one. */
    private static final double WASTE = 1.25;

    private final TensorFactory factory;
    private final Kept kept = new Kept();
    private final List<Buffer> free = new ArrayList<>();
    private long numBytes;

    /** Buffers in the memory that {@code factory} makes tensors in. */
    BufferPool(TensorFactory factory) {
        this.factory = factory;
    }

    /** A buffer of the pool. */
    static final class Buffer {
        private final Tensor bytes;

        private Buffer(Tensor bytes) {
            this.bytes = bytes;
        }

        /** Its first elements, uninitialised; owned by the current scope. */
        Tensor as(ScalarType dtype, long numElements) {
            long length = Math.multiplyExact(numElements, torch.elementSize(dtype));
            return bytes.narrow(0, 0, length).view(dtype);
        }
    }

    /** Takes a buffer for so many elements. */
    Buffer take(ScalarType dtype, long numElements) {
        long wanted = Math.multiplyExact(numElements, torch.elementSize(dtype));
        Buffer best = null;
        for (Buffer buffer : free) {
            long size = buffer.bytes.numel();
            if (size >= wanted && size <= wanted * WASTE && (best == null || size < best.bytes.numel())) {
                best = buffer;
            }
        }
        if (best != null) {
            free.remove(best);
            return best;
        }
        numBytes += wanted;
        return TensorScope.value(() -> new Buffer(kept.keep(factory.empty(ScalarType.Byte, wanted))));
    }

    /** Gives a buffer back, which nobody reads any more. */
    void giveBack(Buffer buffer) {
        free.add(buffer);
    }

    /** Memory of all buffers, free or not. */
    long nbytes() {
        return numBytes;
    }

    @Override
    public void close() {
        free.clear();
        kept.close();
    }
}
