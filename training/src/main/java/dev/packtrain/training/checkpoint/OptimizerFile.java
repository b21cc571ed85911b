package dev.packtrain.training.checkpoint;

import dev.packtrain.packing.BadInputException;
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
 * {@code optimizer.safetensors}: the optimizer's tensors by parameter name, so that another flat layout can read them too.
 * For every parameter {@code p}: {@code p.exp_avg} and {@code p.exp_avg_sq} (fp32, or bf16 with
 * {@code use_lowprecision_moment}) and, where the model is bf16, {@code p.remainder} (int16): the bits of the fp32 master
 * weight are {@code (bits of p in model.safetensors << 16) + p.remainder}.
 */
public final class OptimizerFile {
    /** Its name in a checkpoint. */
    public static final String FILE_NAME = "optimizer.safetensors";

    private OptimizerFile() {}

    /** Writes the file into a checkpoint. */
    public static void write(Path dir, TrainedState state) throws IOException {
        try (PointerScope scope = new PointerScope()) {
            SafetensorsWriter.write(dir.resolve(FILE_NAME), tensors(state), Map.of());
        }
    }

    /** Reads the file of a checkpoint into the whole state of a model with the same parameters. */
    public static void read(Path dir, TrainedState state) {
        Path path = dir.resolve(FILE_NAME);
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                SafetensorsFile file = SafetensorsFile.open(path)) {
            tensors(state).forEach((name, target) -> {
                TensorEntry entry = file.tensors().get(name);
                Dtype dtype = Dtype.of(target.scalar_type().intern());
                if (entry == null || entry.dtype() != dtype || !Arrays.equals(entry.shape(), target.shape())) {
                    throw new BadInputException(
                            "%s has no tensor %s of type %s and shape %s; resume from a checkpoint of this very model, with the same bf16 and use_lowprecision_moment."
                                    .formatted(path, name, dtype, Arrays.toString(target.shape())));
                }
                try (PointerScope one = new PointerScope()) {
                    target.copy_(file.read(name));
                }
            });
        }
    }

    private static Map<String, Tensor> tensors(TrainedState state) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (StatePiece piece : state.pieces()) {
            if (piece.kind() != StatePiece.Kind.WEIGHT) {
                tensors.put(
                        piece.name() + "." + piece.kind().key(),
                        piece.values().view(piece.split().shape()));
            }
        }
        return tensors;
    }
}
