package dev.packtrain.pipeline.tokenizer;

import java.util.Arrays;

/**
 * A merge over the place between two characters that takes only a part of one of them.
 *
 * @param left what stands before the place: the whole last character, or the bytes of a part
 * @param right what stands after it: the whole first character, or the bytes of a part
 * @param rank of the merge
 */
record PartialMerge(byte[] left, byte[] right, int rank) {
    /**
     * The partial merge that a merge of two tokens is.
     *
     * @return null if it is none: it takes whole characters, or happens within one
     */
    static PartialMerge of(byte[] left, byte[] right, int rank) {
        if (!isStart(right[0])) {
            return null;
        }
        int start = left.length - 1;
        while (start > 0 && !isStart(left[start])) {
            start--;
        }
        byte[] before = Arrays.copyOfRange(left, start, left.length);
        byte[] after = Arrays.copyOf(right, Math.min(right.length, Utf8.length(right[0])));
        boolean leftWhole = isStart(before[0]);
        if (leftWhole && before.length != Utf8.length(before[0])) {
            // A character that ends too early: not in any text.
            return null;
        }
        for (int i = 1; i < after.length; i++) {
            if (isStart(after[i])) {
                return null;
            }
        }
        boolean rightWhole = after.length == Utf8.length(right[0]);
        return leftWhole && rightWhole ? null : new PartialMerge(before, after, rank);
    }

    private static boolean isStart(byte b) {
        return (b & 0xC0) != 0x80;
    }

    /** Whether a character ends with what stands before the place. */
    boolean endsLeft(byte[] character) {
        int from = character.length - left.length;
        return from >= 0 && Arrays.equals(character, from, character.length, left, 0, left.length);
    }

    /** Whether a character starts with what stands after the place. */
    boolean startsRight(byte[] character) {
        return right.length <= character.length && Arrays.equals(character, 0, right.length, right, 0, right.length);
    }
}
