package dev.packtrain.training.model;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.attention.PackMask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * A pack without its padding, checked against a model.
 *
 * @param inputIds {@code [T]}
 * @param positionIds {@code [T]}
 * @param pack it
 */
record PackInput(int[] inputIds, int[] positionIds, PackedSequence pack) {
    static PackInput of(PackedSequence pack, DecoderConfig config) {
        int numTokens = pack.numTokens();
        int[] inputIds = Arrays.copyOf(pack.inputIds(), numTokens);
        int[] positionIds = Arrays.copyOf(pack.positionIds(), numTokens);
        for (int t = 0; t < numTokens; t++) {
            check("token id", inputIds[t], "vocab_size", config.vocabSize(), pack);
            check("position", positionIds[t], "max_position_embeddings", config.maxPositions(), pack);
            if (pack.labels()[t] >= 0) {
                check("label", pack.labels()[t], "vocab_size", config.vocabSize(), pack);
            }
        }
        return new PackInput(inputIds, positionIds, pack);
    }

    /** Which of the T tokens see which in a layer with a window, as in {@link AttentionConfig#windows()}. */
    FlashMask mask(int window) {
        return PackMask.of(pack, window == AttentionConfig.NO_WINDOW ? OptionalInt.empty() : OptionalInt.of(window));
    }

    /** The documents, each with the number of positions it takes: more than its tokens where positions jump. */
    List<Rotary.Span> documents() {
        List<Rotary.Span> documents = new ArrayList<>();
        for (int doc = 0; doc < pack.numDocuments(); doc++) {
            int begin = pack.cuSeqlens()[doc];
            int end = pack.cuSeqlens()[doc + 1];
            int last = Arrays.stream(positionIds, begin, end).max().orElse(0);
            documents.add(new Rotary.Span(begin, end, last + 1));
        }
        return documents;
    }

    private static void check(String what, int got, String key, int limit, PackedSequence pack) {
        if (got < 0 || got >= limit) {
            throw new BadInputException(
                    "%s %d in the pack that begins with example %d is outside the model's %s of %d; use the tokenizer and max_length that the model was made for."
                            .formatted(what, got, pack.exampleIds()[0], key, limit));
        }
    }
}
