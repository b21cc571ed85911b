package dev.packtrain.pipeline;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackingMethod;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * How examples become packs.
 *
 * @param method {@code zero_padding} and {@code greedy_zero_padding}
 * @param groupSize {@code packing_group_size}: consecutive rows that are packed together and written as one shard. A
 *     task holds one group: at most {@code groupSize * max_length * 8} bytes of tokens and labels
 * @param lengthBuckets {@code length_buckets}: lengths in tokens, rising; a pack holds examples of one bucket only, of
 *     the first whose length is not exceeded or of one more behind the last, and an epoch trains on lower buckets first.
 *     Empty: no buckets
 */
public record PackOptions(PackingMethod method, int groupSize, List<Integer> lengthBuckets) implements Serializable {
    /** Default of {@code packing_group_size}. */
    public static final int DEFAULT_GROUP_SIZE = 16384;

    /** Checks the values. */
    public PackOptions {
        Objects.requireNonNull(method, "method");
        if (groupSize < 1) {
            throw new BadInputException(
                    "packing_group_size is %d; give a number of rows of at least 1".formatted(groupSize));
        }
        lengthBuckets = List.copyOf(lengthBuckets);
        for (int i = 0; i < lengthBuckets.size(); i++) {
            if (lengthBuckets.get(i) < (i == 0 ? 1 : lengthBuckets.get(i - 1) + 1)) {
                throw new BadInputException("length_buckets is %s; give numbers of tokens that rise, from at least 1"
                        .formatted(lengthBuckets));
            }
        }
    }

    /** Without length buckets. */
    public PackOptions(PackingMethod method, int groupSize) {
        this(method, groupSize, List.of());
    }

    /** How many buckets there are, one at least. */
    public int numBuckets() {
        return lengthBuckets.size() + 1;
    }

    /** The bucket of an example, from 0. */
    public int bucketOf(int length) {
        int bucket = 0;
        while (bucket < lengthBuckets.size() && length > lengthBuckets.get(bucket)) {
            bucket++;
        }
        return bucket;
    }

    /** With the default group size. */
    public static PackOptions of(PackingMethod method) {
        return new PackOptions(method, DEFAULT_GROUP_SIZE);
    }
}
