package dev.packtrain.training.peft;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.safetensors.Dtype;
import dev.packtrain.training.safetensors.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/** Whether a merged model says what the base says with its adapter: the logits of both on random prompts, in fp32. */
public final class MergeCheck {
    private static final int PROMPTS = 4;
    private static final int MOST_TOKENS = 32;

    private MergeCheck() {}

    /**
     * Compares; one model is in memory at a time.
     *
     * @return {@code max|merged − adapted| / max|adapted|} over the logits
     * @throws BadInputException if that is more than rounding the merged weights explains
     */
    public static double run(AdapterMerge merge, Path mergedDir) {
        DecoderConfig config = DecoderConfig.read(merge.base(), Map.of());
        List<PackedSequence> prompts = prompts(config);
        double error = TensorScope.value(() -> {
            List<Tensor> adapted = new ArrayList<>();
            try (AdaptedModel model = Adapters.read(merge.directory(), merge.baseOfCheck())
                    .load(new DecoderBuilder(config), merge.base())) {
                prompts.forEach(prompt -> adapted.add(model.decoder().logits(prompt)));
            }
            try (Decoder model = new DecoderBuilder(config).load(mergedDir)) {
                double largest = 0;
                double difference = 0;
                for (int i = 0; i < prompts.size(); i++) {
                    Tensor logits = model.logits(prompts.get(i));
                    largest = Math.max(largest, adapted.get(i).abs().max().item_double());
                    difference = Math.max(
                            difference, logits.sub(adapted.get(i)).abs().max().item_double());
                }
                return difference / largest;
            }
        });
        double most = tolerance(mergedDir);
        if (!(error <= most)) {
            throw new BadInputException(
                    "the merged model differs from the base with its adapter: logits by %.2g of the largest, where rounding explains %.2g; nothing was written."
                            .formatted(error, most));
        }
        return error;
    }

    private static List<PackedSequence> prompts(DecoderConfig config) {
        SplittableRandom random = new SplittableRandom(1);
        int length = Math.min(MOST_TOKENS, config.maxPositionEmbeddings());
        List<PackedSequence> prompts = new ArrayList<>();
        for (long id = 0; id < PROMPTS; id++) {
            int[] ids = random.ints(length, 0, config.vocabSize()).toArray();
            int[] positions = IntStream.range(0, length).toArray();
            prompts.add(new PackedSequence(ids, ids, positions, new int[] {0, length}, new long[] {id}));
        }
        return prompts;
    }

    /** By the least precise dtype of the weights: their rounding adds up over layers. */
    private static double tolerance(Path dir) {
        try (Stream<Path> files = Files.list(dir)) {
            double most = 0;
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
                try (SafetensorsFile open = SafetensorsFile.open(file)) {
                    most = Math.max(
                            most,
                            open.tensors().values().stream()
                                    .mapToDouble(entry -> tolerance(entry.dtype()))
                                    .max()
                                    .orElse(0));
                }
            }
            return most;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double tolerance(Dtype dtype) {
        return switch (dtype) {
            case BF16 -> 5e-2;
            case F16 -> 1e-2;
            default -> 1e-4;
        };
    }
}
