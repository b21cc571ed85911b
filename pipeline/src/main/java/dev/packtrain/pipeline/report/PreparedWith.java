package dev.packtrain.pipeline.report;

import java.util.Objects;

/**
 * What the figures of a report came about with.
 *
 * @param dataset what was read, as it was given
 * @param format what a row was taken for, such as {@code src_tgt}
 * @param tokenizer what turned text into ids: the fast path, or the reference
 * @param packingMethod as in the manifest
 * @param groupSize {@code packing_group_size}: rows of a packing group
 * @param maxLength {@code max_length}: slots of a pack
 * @param seed of whatever was random
 */
public record PreparedWith(
        String dataset,
        String format,
        String tokenizer,
        String packingMethod,
        int groupSize,
        int maxLength,
        long seed) {
    /** Checks that nothing is missing. */
    public PreparedWith {
        Objects.requireNonNull(dataset, "dataset");
        Objects.requireNonNull(format, "format");
        Objects.requireNonNull(tokenizer, "tokenizer");
        Objects.requireNonNull(packingMethod, "packingMethod");
    }
}
