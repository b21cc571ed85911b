package dev.packtrain.pipeline.tokenizer;

/**
 * The tokens of a text and where each comes from.
 *
 * @param ids the tokens
 * @param starts per token, the first UTF-16 char of the text that it covers
 * @param ends per token, one more than the last char that it covers. A token that covers a part of a character has that
 *     character's range; tokens added around the text have an empty range at its start or its end. Ranges may leave out
 *     white space, where the tokenizer's file says that offsets are trimmed
 */
public record TokenOffsets(int[] ids, int[] starts, int[] ends) {
    /** All three of the same length. */
    public TokenOffsets {
        if (ids.length != starts.length || ids.length != ends.length) {
            throw new IllegalArgumentException(
                    "%d ids, %d starts, %d ends".formatted(ids.length, starts.length, ends.length));
        }
    }
}
