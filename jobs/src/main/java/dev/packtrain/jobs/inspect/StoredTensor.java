package dev.packtrain.jobs.inspect;

import dev.packtrain.training.safetensors.Dtype;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/** A tensor as a file's header has it. */
record StoredTensor(Dtype dtype, long[] shape) {
    /** How many there are, of how many elements, in what, and how large. */
    static List<Figure> figures(List<StoredTensor> tensors) {
        long parameters = 0;
        long bytes = 0;
        TreeSet<String> dtypes = new TreeSet<>();
        for (StoredTensor tensor : tensors) {
            long elements = Arrays.stream(tensor.shape()).reduce(1, Math::multiplyExact);
            parameters += elements;
            bytes += elements * tensor.dtype().numBytes();
            dtypes.add(tensor.dtype().name());
        }
        return List.of(
                Figure.count("parameters", parameters),
                Figure.count("tensors", tensors.size()),
                Figure.text("dtype", String.join(", ", dtypes)),
                Figure.bytes("weight_bytes", bytes));
    }
}
