package dev.packtrain.training.shard;

import dev.packtrain.training.device.TensorScope;
import org.bytedeco.pytorch.Tensor;

/** The buffer that a part's backward pass adds to, in the dtype of its weights: there only from begin to end of the part. */
final class BackwardBuffer {
    private final FlatLayout layout;
    private final BufferPool pool;
    private BufferPool.Buffer buffer;

    BackwardBuffer(FlatLayout layout, BufferPool pool) {
        this.layout = layout;
        this.pool = pool;
    }

    /** Takes a buffer of zeros and makes the parameters' {@code .grad} views of it, if that has not happened yet. */
    void bind() {
        if (buffer != null) {
            return;
        }
        buffer = pool.take(layout.dtype(), layout.paddedElements());
        TensorScope.run(() -> {
            Tensor flat = flat();
            flat.zero_();
            layout.bindGradients(flat);
        });
    }

    /** The gradients, {@code [paddedElements]}; owned by the current scope. */
    Tensor flat() {
        return buffer.as(layout.dtype(), layout.paddedElements());
    }

    /** Takes the buffer from the parameters; the caller gives it back to the pool. */
    BufferPool.Buffer unbind() {
        layout.unbindGradients();
        BufferPool.Buffer unbound = buffer;
        buffer = null;
        return unbound;
    }

    /** Gives the buffer back, if there is one. */
    void drop() {
        if (buffer != null) {
            pool.giveBack(unbind());
        }
    }
}
