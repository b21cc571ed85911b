package dev.packtrain.training.safetensors;

import dev.packtrain.training.device.TensorScope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Writes one file, tensor by tensor: at most one tensor is copied at a time, and only if it is not in host memory. */
public final class SafetensorsWriter {
    private SafetensorsWriter() {}

    /**
     * Writes {@code file}, replacing it, and forces it to disk. The same tensors give the same bytes.
     *
     * @param tensors in the order in which they are to stand in the file
     * @param metadata strings for readers; {@code {"format": "pt"}} for {@code transformers}
     */
    public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) throws IOException {
        List<SafetensorsStream.Slot> slots = new ArrayList<>();
        tensors.forEach((name, tensor) -> slots.add(
                new SafetensorsStream.Slot(name, Dtype.of(tensor.scalar_type().intern()), tensor.shape())));
        try (SafetensorsStream stream = SafetensorsStream.create(file, slots, metadata)) {
            tensors.values().forEach(tensor -> write(stream, tensor));
            stream.finish();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static void write(SafetensorsStream stream, Tensor tensor) {
        TensorScope.run(() -> {
            try {
                stream.write(tensor.detach().cpu().contiguous());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
