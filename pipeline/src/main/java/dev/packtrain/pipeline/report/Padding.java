package dev.packtrain.pipeline.report;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Share of slots that are padding, each from 0 to 1.
 *
 * @param packed of the shards, as they are trained on
 * @param batched without packing: batches of 8 kept examples in input order (within a packing group), each padded to its
 *     longest
 * @param maxLength without packing: every example padded to {@code max_length}
 */
public record Padding(
        @JsonProperty("padding_ratio") double packed,
        @JsonProperty("padding_ratio_unpacked") double batched,
        @JsonProperty("padding_ratio_max_length") double maxLength) {
    /** Examples of a batch in {@link #batched}. */
    public static final int BATCH_SIZE = 8;

    /** Share of {@code slots} that {@code tokens} leave empty. */
    public static double ratio(long tokens, long slots) {
        return slots == 0 ? 0 : (double) (slots - tokens) / slots;
    }
}
