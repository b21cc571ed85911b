package dev.packtrain.training.checkpoint;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.optim.AdamW;
import dev.packtrain.training.optim.FlatParameters;
import dev.packtrain.training.safetensors.Dtype;
import dev.packtrain.training.safetensors.SafetensorsFile;
import dev.packtrain.training.safetensors.SafetensorsWriter;
import dev.packtrain.training.safetensors.TensorEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code optimizer.safetensors}: the optimizer's fp32 tensors by parameter name, so that another flat layout can read them
 * too. For every parameter {@code p}: {@code p.exp_avg}, {@code p.exp_avg_sq} and, where the model is bf16,
 * {@code p.master}.
 */
public final class OptimizerFile {
    /** Its name in a checkpoint. */
    public static final String FILE_NAME = "optimizer.safetensors";

    private OptimizerFile() {}

    /** Writes the file into a checkpoint. */
    public static void write(Path dir, FlatParameters parameters, AdamW optimizer) throws IOException {
        try (PointerScope scope = new PointerScope()) {
            SafetensorsWriter.write(dir.resolve(FILE_NAME), tensors(parameters, optimizer), Map.of());
        }
    }

    /** Reads the file of a checkpoint into the optimizer of a model with the same parameters. */
    public static void read(Path dir, FlatParameters parameters, AdamW optimizer) {
        Path path = dir.resolve(FILE_NAME);
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                SafetensorsFile file = SafetensorsFile.open(path)) {
            tensors(parameters, optimizer).forEach((name, target) -> {
                TensorEntry entry = file.tensors().get(name);
                if (entry == null || entry.dtype() != Dtype.F32 || !Arrays.equals(entry.shape(), target.shape())) {
                    throw new BadInputException(
                            "%s has no fp32 tensor %s of shape %s; resume from a checkpoint of this very model."
                                    .formatted(path, name, Arrays.toString(target.shape())));
                }
                try (PointerScope one = new PointerScope()) {
                    target.copy_(file.read(name));
                }
            });
        }
    }

    private static Map<String, Tensor> tensors(FlatParameters parameters, AdamW optimizer) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (FlatParameters.Slice slice : parameters.slices()) {
            tensors.put(slice.name() + ".exp_avg", slice.of(optimizer.expAvg()));
            tensors.put(slice.name() + ".exp_avg_sq", slice.of(optimizer.expAvgSq()));
            if (parameters.hasMasterWeights()) {
                tensors.put(slice.name() + ".master", slice.of(parameters.masterWeights()));
            }
        }
        return tensors;
    }
}
