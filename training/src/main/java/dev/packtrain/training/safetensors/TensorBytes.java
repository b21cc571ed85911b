package dev.packtrain.training.safetensors;

import java.nio.ByteBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** A tensor's memory as a buffer. */
public final class TensorBytes {
    private TensorBytes() {}

    /**
     * A view, valid while the tensor lives.
     *
     * @param tensor contiguous, in host memory
     * @param begin first byte
     * @param count number of bytes, less than 2 GiB
     */
    public static ByteBuffer of(Tensor tensor, long begin, long count) {
        try (PointerScope scope = new PointerScope()) {
            BytePointer data = new BytePointer(tensor.data_ptr());
            return data.position(begin).limit(begin + count).asByteBuffer();
        }
    }
}
