package dev.packtrain.training.device;

import java.util.ArrayDeque;
import java.util.Deque;
import org.bytedeco.pytorch.Tensor;

/** Tensors that outlive the scope in which they were made, until this is closed. */
public final class Kept implements AutoCloseable {
    private final Deque<Tensor> tensors = new ArrayDeque<>();

    /** Keeps {@code tensor} and returns it. */
    public Tensor keep(Tensor tensor) {
        tensor.retainReference();
        if (tensor.referenceCount() < 1) {
            throw new IllegalArgumentException("a borrowed handle cannot be kept; copy it with new Tensor(handle)");
        }
        tensors.push(tensor);
        return tensor;
    }

    /** Frees them all. Closing twice does nothing. */
    @Override
    public void close() {
        while (!tensors.isEmpty()) {
            tensors.pop().releaseReference();
        }
    }
}
