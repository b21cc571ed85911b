package dev.packtrain.training.peft;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.training.model.PackInput;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The first and last tokens of the prompts in the pass at hand. A document's prompt is what comes before its first token
 * with a label: the document itself where there is no such token, or where it is the first.
 */
final class PromptRows {
    private int[] rows = new int[0];

    /** A pass begins with {@code first} and {@code last} tokens of every prompt; no token counts twice in a short one. */
    void begin(PackInput input, int first, int last) {
        PackedSequence pack = input.pack();
        rows = IntStream.range(0, pack.numDocuments())
                .flatMap(doc -> rows(pack, pack.cuSeqlens()[doc], pack.cuSeqlens()[doc + 1], first, last))
                .toArray();
    }

    private static IntStream rows(PackedSequence pack, int begin, int end, int first, int last) {
        int label = IntStream.range(begin, end)
                .filter(t -> pack.labels()[t] != TokenizedExample.IGNORE_INDEX)
                .findFirst()
                .orElse(end);
        int promptEnd = label == begin ? end : label;
        int head = Math.min(begin + first, promptEnd);
        return IntStream.concat(
                IntStream.range(begin, head), IntStream.range(Math.max(head, promptEnd - last), promptEnd));
    }

    /** A token that belongs to no prompt follows, alone. */
    void none() {
        rows = new int[0];
    }

    /** Those among neighbouring tokens, counted from the first of these, rising. */
    int[] among(long firstToken, long numTokens) {
        return Arrays.stream(rows)
                .filter(row -> row >= firstToken && row < firstToken + numTokens)
                .map(row -> (int) (row - firstToken))
                .toArray();
    }
}
