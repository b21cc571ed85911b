package dev.packtrain.training.parallel;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.model.DecoderConfig;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Over how many ranks an architecture can be spread: a rank holds whole query heads, at least one key/value head (the same
 * as its neighbours, where there are fewer than ranks) and an equal part of the feed-forward width. The vocabulary may be
 * spread unevenly.
 */
public final class TensorParallelRules {
    private TensorParallelRules() {}

    /**
     * Refuses a degree that does not fit.
     *
     * @param degree {@code tensor_parallel_degree}, at least 1
     * @throws BadInputException with one sentence that names the degrees that would work
     */
    public static void check(DecoderConfig config, int degree) {
        String misfit = misfit(config, degree);
        if (misfit != null) {
            throw new BadInputException(
                    "tensor_parallel_degree is %d, which does not fit the model's %s; wanted one of %s."
                            .formatted(degree, misfit, degrees(config)));
        }
    }

    /** All degrees that fit, rising; 1 is always among them. */
    public static List<Integer> degrees(DecoderConfig config) {
        return IntStream.rangeClosed(1, config.numAttentionHeads())
                .filter(degree -> misfit(config, degree) == null)
                .boxed()
                .toList();
    }

    private static String misfit(DecoderConfig config, int degree) {
        int groups = config.numKeyValueHeads();
        if (config.numAttentionHeads() % degree != 0) {
            return "%d attention heads (num_attention_heads)".formatted(config.numAttentionHeads());
        }
        if (groups % degree != 0 && degree % groups != 0) {
            return "%d key and value heads (num_key_value_heads)".formatted(groups);
        }
        if (config.intermediateSize() % degree != 0) {
            return "intermediate_size of %d".formatted(config.intermediateSize());
        }
        return config.vocabSize() < degree ? "vocab_size of %d".formatted(config.vocabSize()) : null;
    }
}
