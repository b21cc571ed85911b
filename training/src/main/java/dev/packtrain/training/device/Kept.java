package dev.packtrain.training.device;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Storage;
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

    /** Bytes of the memory behind all tensors of these; memory that several share counts once. */
    public static long bytes(Stream<Kept> several) {
        Map<Long, Long> storages = new HashMap<>();
        TensorScope.run(() -> several.flatMap(kept -> kept.tensors.stream()).forEach(tensor -> {
            Storage storage = tensor.storage();
            storages.put(storage.data().address(), storage.nbytes());
        }));
        return storages.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Frees them all. Closing twice does nothing. */
    @Override
    public void close() {
        while (!tensors.isEmpty()) {
            tensors.pop().releaseReference();
        }
    }
}
