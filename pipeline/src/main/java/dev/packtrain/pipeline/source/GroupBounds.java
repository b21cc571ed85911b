package dev.packtrain.pipeline.source;

import java.io.Serializable;

/**
 * Where groups of consecutive rows end: what bounds the memory of the task that reads one.
 *
 * @param maxRows {@code packing_group_size}: rows of a group at most, at least 1
 * @param maxBytes a group also ends at the first place that its input can tell after so many bytes of raw rows, at
 *     least 1
 */
public record GroupBounds(int maxRows, long maxBytes) implements Serializable {
    /** 32 MiB of raw rows: with a token a byte, tokens and labels of a group are 256 MiB. */
    public static final long DEFAULT_MAX_BYTES = 32L << 20;

    /** Checks the values. */
    public GroupBounds {
        if (maxRows < 1 || maxBytes < 1) {
            throw new IllegalArgumentException(
                    "a group of %d rows or %d bytes; wanted at least 1 of each".formatted(maxRows, maxBytes));
        }
    }

    /** So many rows, and the default of bytes. */
    public static GroupBounds ofRows(int maxRows) {
        return new GroupBounds(maxRows, DEFAULT_MAX_BYTES);
    }
}
