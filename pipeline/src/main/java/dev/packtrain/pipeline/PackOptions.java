package dev.packtrain.pipeline;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackingMethod;
import java.io.Serializable;
import java.util.Objects;

/**
 * How examples become packs.
 *
 * @param method {@code zero_padding} and {@code greedy_zero_padding}
 * @param groupSize {@code packing_group_size}: consecutive rows that are packed together and written as one shard. A
 *     task holds one group: at most {@code groupSize * max_length * 8} bytes of tokens and labels
 */
public record PackOptions(PackingMethod method, int groupSize) implements Serializable {
    /** Default of {@code packing_group_size}. */
    public static final int DEFAULT_GROUP_SIZE = 16384;

    /** Checks the values. */
    public PackOptions {
        Objects.requireNonNull(method, "method");
        if (groupSize < 1) {
            throw new BadInputException(
                    "packing_group_size is %d; give a number of rows of at least 1".formatted(groupSize));
        }
    }

    /** With the default group size. */
    public static PackOptions of(PackingMethod method) {
        return new PackOptions(method, DEFAULT_GROUP_SIZE);
    }
}
