package dev.packtrain.packing;

/**
 * One row of a shard: a pack padded to {@code max_length}.
 *
 * <p>Documents stand side by side from position 0; padding, if any, is the tail from {@code cuSeqlens[numDocuments]} on.
 *
 * @param inputIds int32 {@code [maxLength]}, 0 in the padding
 * @param labels int32 {@code [maxLength]}, aligned with {@code inputIds}, −100 where no loss is taken and in the padding
 * @param positionIds int32 {@code [maxLength]}, restarting at 0 with every document, 0 in the padding
 * @param cuSeqlens int32 {@code [numDocuments + 1]}, first 0, strictly rising: document d is
 *     {@code [cuSeqlens[d], cuSeqlens[d + 1])}; the last is the number of tokens without padding
 * @param exampleIds {@code [numDocuments]}, the input record of each document
 */
public record PackedSequence(int[] inputIds, int[] labels, int[] positionIds, int[] cuSeqlens, long[] exampleIds) {
    /** Number of slots, padding included. */
    public int maxLength() {
        return inputIds.length;
    }

    /** Number of documents. */
    public int numDocuments() {
        return exampleIds.length;
    }

    /** Number of tokens without padding. */
    public int numTokens() {
        return cuSeqlens[cuSeqlens.length - 1];
    }
}
