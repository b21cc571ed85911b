package dev.packtrain.training.model;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.attention.PackMask;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * A pack without its padding, checked against a model.
 *
 * @param inputIds {@code [T]}
 * @param positionIds {@code [T]}
 * @param mask which of the T tokens see which
 */
record PackInput(int[] inputIds, int[] positionIds, FlashMask mask) {
    static PackInput of(PackedSequence pack, LlamaConfig config) {
        int numTokens = pack.numTokens();
        int[] inputIds = Arrays.copyOf(pack.inputIds(), numTokens);
        int[] positionIds = Arrays.copyOf(pack.positionIds(), numTokens);
        for (int t = 0; t < numTokens; t++) {
            check("token id", inputIds[t], "vocab_size", config.vocabSize(), pack);
            check("position", positionIds[t], "max_position_embeddings", config.maxPositionEmbeddings(), pack);
            if (pack.labels()[t] >= 0) {
                check("label", pack.labels()[t], "vocab_size", config.vocabSize(), pack);
            }
        }
        return new PackInput(inputIds, positionIds, PackMask.of(pack, OptionalInt.empty()));
    }

    private static void check(String what, int got, String key, int limit, PackedSequence pack) {
        if (got < 0 || got >= limit) {
            throw new BadInputException(
                    "%s %d in the pack that begins with example %d is outside the model's %s of %d; use the tokenizer and max_length that the model was made for."
                            .formatted(what, got, pack.exampleIds()[0], key, limit));
        }
    }
}
