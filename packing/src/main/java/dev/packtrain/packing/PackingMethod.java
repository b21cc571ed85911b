package dev.packtrain.packing;

/** How examples are put together into packs. */
public enum PackingMethod {
    /** Every example alone, padded to {@code max_length}. */
    NONE,
    /** {@code zero_padding}: input order; the pack is closed when the next example does not fit. */
    NEXT_FIT,
    /** {@code greedy_zero_padding}: longest first, each into the fullest pack that still has room. */
    BEST_FIT_DECREASING
}
