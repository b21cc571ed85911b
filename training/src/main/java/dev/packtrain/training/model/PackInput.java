package dev.packtrain.training.model;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.attention.PackMask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * A pack without its padding, checked against a model.
 *
 * @param inputIds {@code [T]}
 * @param positionIds {@code [T]}
 * @param pack it, virtual tokens included
 * @param numVirtual rows before every document that are no tokens of the data
 */
public record PackInput(int[] inputIds, int[] positionIds, PackedSequence pack, int numVirtual) {
    /** A pack as it is. */
    static PackInput of(PackedSequence pack, DecoderConfig config) {
        return of(pack, config, 0, 0);
    }

    /**
     * With {@code numVirtual} rows before every document, and {@code numPrefix} positions that have no rows.
     *
     * @throws BadInputException if a token, label or position is not the model's
     */
    static PackInput of(PackedSequence data, DecoderConfig config, int numVirtual, int numPrefix) {
        PackedSequence pack = VirtualTokens.before(data, numVirtual, numPrefix);
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
        return new PackInput(inputIds, positionIds, pack, numVirtual);
    }

    /** Rows of the data's tokens, {@code [T − documents · numVirtual]}. */
    public int[] dataRows() {
        return IntStream.range(0, pack.numDocuments())
                .flatMap(doc -> IntStream.range(pack.cuSeqlens()[doc] + numVirtual, pack.cuSeqlens()[doc + 1]))
                .toArray();
    }

    /** Rows of the virtual tokens, document by document. */
    public int[] virtualRows() {
        return IntStream.range(0, pack.numDocuments())
                .flatMap(doc -> IntStream.range(pack.cuSeqlens()[doc], pack.cuSeqlens()[doc] + numVirtual))
                .toArray();
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
                    "%s %d in the pack that begins with example %d is outside the model's %s of %d; use the tokenizer and max_length that the model was made for, and leave room for virtual tokens if there are any."
                            .formatted(what, got, pack.exampleIds()[0], key, limit));
        }
    }
}
