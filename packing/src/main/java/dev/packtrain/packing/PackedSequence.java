package dev.packtrain.packing;

import java.nio.IntBuffer;
import java.nio.LongBuffer;

/**
 * One row of a shard: a pack padded to {@code max_length}.
 *
 * <p>Documents stand side by side from position 0; padding, if any, is the tail from {@code cuSeqlens[numDocuments]} on.
 *
 * @param inputIds int32 {@code [maxLength]}, 0 in the padding
 * @param labels int32 {@code [maxLength]}, aligned with {@code inputIds}, −100 where no loss is taken and in the padding
 * @param positionIds int32 {@code [maxLength]}: 0, 1, … from the start of every document unless its example says
 *     otherwise; 0 in the padding
 * @param cuSeqlens int32 {@code [numDocuments + 1]}, first 0, strictly rising: document d is
 *     {@code [cuSeqlens[d], cuSeqlens[d + 1])}; the last is the number of tokens without padding
 * @param exampleIds {@code [numDocuments]}, the input record of each document
 * @param preference what a row of preference examples has on top; null for a row of sequences
 */
public record PackedSequence(
        int[] inputIds,
        int[] labels,
        int[] positionIds,
        int[] cuSeqlens,
        long[] exampleIds,
        PreferenceColumns preference) {
    /** A row of sequences. */
    public PackedSequence(int[] inputIds, int[] labels, int[] positionIds, int[] cuSeqlens, long[] exampleIds) {
        this(inputIds, labels, positionIds, cuSeqlens, exampleIds, null);
    }

    /**
     * Lays a pack out: its documents side by side, then padding.
     *
     * @throws IllegalArgumentException if the pack has more than {@code maxLength} tokens
     */
    public static PackedSequence of(Pack pack, int maxLength) {
        PackLayout layout = new PackLayout(maxLength);
        layout.requireFits(pack);
        int numDocuments = pack.examples().size();
        PackedSequence sequence = new PackedSequence(
                new int[maxLength],
                new int[maxLength],
                new int[maxLength],
                new int[numDocuments + 1],
                new long[numDocuments],
                pack.kind() == ExampleKind.PREFERENCE ? PreferenceColumns.of(pack.examples(), maxLength) : null);
        layout.inputIds(pack, IntBuffer.wrap(sequence.inputIds));
        layout.labels(pack, IntBuffer.wrap(sequence.labels));
        layout.positionIds(pack, IntBuffer.wrap(sequence.positionIds));
        PackLayout.cuSeqlens(pack, IntBuffer.wrap(sequence.cuSeqlens));
        PackLayout.exampleIds(pack, LongBuffer.wrap(sequence.exampleIds));
        return sequence;
    }

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

    /** Number of tokens that take a loss, see {@link TokenizedExample#numLabelTokens()}. */
    public int numLabelTokens() {
        int count = 0;
        for (int d = 0; d < numDocuments(); d++) {
            for (int t = cuSeqlens[d] + 1; t < cuSeqlens[d + 1]; t++) {
                if (labels[t] != TokenizedExample.IGNORE_INDEX) {
                    count++;
                }
            }
        }
        return count;
    }
}
