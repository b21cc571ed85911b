package dev.packtrain.pipeline.encode;

import dev.packtrain.packing.TokenizedExample;
import java.util.Arrays;

/**
 * A row on its way to one or several examples.
 *
 * @param inputIds its tokens
 * @param labels aligned with them, {@link TokenizedExample#IGNORE_INDEX} where no loss is taken
 * @param turnStarts rising indices, above 0, at which a new turn starts: where a cut does the least harm
 * @param dropped what was cut off already
 */
record TokenSequence(int[] inputIds, int[] labels, int[] turnStarts, DroppedTokens dropped) {
    int length() {
        return inputIds.length;
    }

    /** Whether any token in {@code [from, to)} takes a loss when it stands alone: its first one cannot. */
    boolean isLearnt(int from, int to) {
        for (int i = from + 1; i < to; i++) {
            if (labels[i] != TokenizedExample.IGNORE_INDEX) {
                return true;
            }
        }
        return false;
    }

    /** The tokens in {@code [from, to)} as an example. */
    TokenizedExample example(long id, int from, int to) {
        return from == 0 && to == length()
                ? new TokenizedExample(id, inputIds, labels)
                : new TokenizedExample(
                        id, Arrays.copyOfRange(inputIds, from, to), Arrays.copyOfRange(labels, from, to));
    }

    /** The first {@code length} tokens; the rest counts as lost from a target. */
    TokenSequence cutTo(int length) {
        if (length() <= length) {
            return this;
        }
        return new TokenSequence(
                Arrays.copyOf(inputIds, length),
                Arrays.copyOf(labels, length),
                Arrays.stream(turnStarts).filter(start -> start < length).toArray(),
                new DroppedTokens(
                        dropped.source(), dropped.target() + length() - length, dropped.turns(), dropped.remainder()));
    }
}
