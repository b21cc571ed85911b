package dev.packtrain.packing;

import java.util.Objects;

/**
 * One record after tokenising: a document that a pack holds whole.
 *
 * @param id the record's number in the input (0-based, files in sorted order, then lines), unique in a data set
 * @param inputIds token ids, length {@code T >= 1}
 * @param labels length {@code T}, aligned with {@code inputIds} (Hugging Face's convention: the trainer shifts);
 *     {@link #IGNORE_INDEX} where no loss is taken. {@code labels[0]} never contributes, for nothing precedes it
 */
public record TokenizedExample(long id, int[] inputIds, int[] labels) {
    /** The label that takes no loss, as in PyTorch's cross-entropy. */
    public static final int IGNORE_INDEX = -100;

    public TokenizedExample {
        Objects.requireNonNull(inputIds, "inputIds");
        Objects.requireNonNull(labels, "labels");
        if (inputIds.length == 0 || inputIds.length != labels.length) {
            throw new IllegalArgumentException("example %d has %d input ids and %d labels; wanted equal and at least 1"
                    .formatted(id, inputIds.length, labels.length));
        }
    }

    /** Number of tokens. */
    public int length() {
        return inputIds.length;
    }

    /**
     * Number of tokens that take a loss: labels other than {@link #IGNORE_INDEX} after the first token, which no token
     * predicts.
     */
    public int numLabelTokens() {
        int count = 0;
        for (int t = 1; t < labels.length; t++) {
            if (labels[t] != IGNORE_INDEX) {
                count++;
            }
        }
        return count;
    }
}
