package dev.packtrain.training.attention;

import org.bytedeco.pytorch.Tensor;

/**
 * Keys and values, of N tokens and this rank's heads, that all tokens of a pack see in one layer, beside those of their own
 * documents. Lives as long as the pass.
 */
public interface KeyValuePrefix {
    /** Keys as attention takes them: nothing turns them by positions. */
    Tensor keysNGD();

    /** Values. */
    Tensor valuesNGD();

    /** Takes the gradients of both, once a pass; they are gone after the call. */
    void addGradients(Tensor keysNGD, Tensor valuesNGD);
}
