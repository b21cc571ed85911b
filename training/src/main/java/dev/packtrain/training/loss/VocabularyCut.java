package dev.packtrain.training.loss;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/**
 * A head whose rows, one a token of the vocabulary, are spread over ranks: rank r computes the logits of its tokens. All
 * ranks make the same calls in the same order, with equal shapes where nothing else is said.
 */
public interface VocabularyCut {
    /** First token of this rank. */
    int from();

    /** Tokens of this rank, at least 1. */
    int length();

    /** Most tokens of any rank. */
    int largestLength();

    /**
     * Where this rank holds tokens.
     *
     * @param tokens of the whole vocabulary
     * @return for each its number here, counted from {@link #from}; −1 where another rank holds it
     */
    default int[] columns(int[] tokens) {
        int end = from() + length();
        return Arrays.stream(tokens)
                .map(token -> token >= from() && token < end ? token - from() : -1)
                .toArray();
    }

    /** Replaces a tensor by its maximum over the ranks, element by element; contiguous. */
    void max(Tensor tensor);

    /** Replaces a tensor by its sum over the ranks, the same bits on each; contiguous. */
    void sum(Tensor tensor);

    /**
     * The logits of all tokens on every rank.
     *
     * @param logitsNV this rank's, {@code [N, length]}
     * @return {@code [N, vocabulary]}, a new tensor
     */
    Tensor gather(Tensor logitsNV);
}
