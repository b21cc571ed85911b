package dev.packtrain.training.attention;

import dev.packtrain.kernels.FlashMask;

/**
 * A way to compute attention under a mask. Query head {@code h} reads key/value head {@code h / (H / G)}; a token that sees
 * none gets zeros, and takes part in no gradient.
 */
public interface AttentionKernel {
    /**
     * Gets ready for a pack, once for all layers.
     *
     * @param mask which tokens see which, T rows and T keys
     * @param scale multiplies the scores, usually 1/√D
     * @throws IllegalArgumentException if this kernel cannot compute under {@code mask}; the sentence names it
     */
    PackAttention prepare(FlashMask mask, double scale);

    /** Name for people. */
    String name();
}
