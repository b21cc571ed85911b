package dev.packtrain.pipeline.report;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What one way of putting the same examples into packs would leave empty.
 *
 * @param method as {@code packing_method} names it; {@code bound} for what no method can go below: all packs full but
 *     the last
 * @param basis how the figure came about
 * @param examples examples that it rests on
 * @param packs packs that they need
 * @param paddingRatio slots that are padding, from 0 to 1
 */
public record MethodPadding(String method, Basis basis, long examples, long packs, double paddingRatio) {
    /** Name of the bound. */
    public static final String BOUND = "bound";

    /** How a figure came about. */
    public enum Basis {
        /** Counted in the shards: this is the method that was used. */
        @JsonProperty("measured")
        MEASURED,
        /** Worked out for all examples from their lengths, exactly. */
        @JsonProperty("exact")
        EXACT,
        /** Worked out for all examples in their order, each packing group for itself, as it would be run. */
        @JsonProperty("exact_by_group")
        EXACT_BY_GROUP,
        /** Worked out for the examples of the first packing groups only. */
        @JsonProperty("first_groups")
        FIRST_GROUPS
    }

    static MethodPadding of(String method, Basis basis, long examples, long tokens, long packs, int maxLength) {
        return new MethodPadding(method, basis, examples, packs, Padding.ratio(tokens, packs * maxLength));
    }
}
