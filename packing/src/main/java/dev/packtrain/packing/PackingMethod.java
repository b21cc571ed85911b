package dev.packtrain.packing;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How examples are put together into packs. The JSON names are the manifest's. */
public enum PackingMethod {
    /** Every example alone, padded to {@code max_length}. */
    @JsonProperty("none")
    NONE,
    /** {@code zero_padding}: input order; the pack is closed when the next example does not fit. */
    @JsonProperty("next_fit")
    NEXT_FIT,
    /** PaddleNLP's {@code greedy_zero_padding}: buffers of 500, each example into the emptiest pack, nothing sorted. */
    @JsonProperty("worst_fit")
    WORST_FIT,
    /** Longest first, each into the fullest pack that still has room. */
    @JsonProperty("best_fit_decreasing")
    BEST_FIT_DECREASING,
    /** {@code greedy_zero_padding}: packs without padding, cut from the histogram of lengths; what is left is carried. */
    @JsonProperty("pattern")
    PATTERN
}
