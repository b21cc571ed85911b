package dev.packtrain.training.data;

import java.util.Arrays;

/**
 * The order of the packs in an epoch: a pure function of seed, epoch and number of packs, the same for every world size.
 *
 * <p>Algorithm: the numbers 0…n−1 are shuffled by Fisher–Yates from the top down ({@code i = n−1 … 1}, swap with
 * {@code j} uniform in {@code [0, i]}), drawing from SplitMix64 started at {@code mix(mix(seed) + epoch)}.
 */
public final class PackOrder {
    private PackOrder() {}

    /**
     * The permutation of one epoch.
     *
     * @param seed of the run
     * @param epoch 0-based
     * @param numPacks at least 0
     * @return pack numbers in training order, 4 bytes a pack
     */
    public static int[] permutation(long seed, int epoch, int numPacks) {
        SplitMix64 random = new SplitMix64(SplitMix64.mix(SplitMix64.mix(seed) + epoch));
        int[] order = new int[numPacks];
        for (int i = 0; i < numPacks; i++) {
            order[i] = i;
        }
        for (int i = numPacks - 1; i > 0; i--) {
            int j = random.below(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        return order;
    }

    /**
     * The permutation of one epoch, lower buckets first: {@link #permutation} with the packs of each bucket brought
     * together, in the order in which they stand there.
     *
     * @param bucketOf bucket of each pack, at least 0
     */
    static int[] permutation(long seed, int epoch, int[] bucketOf) {
        int[] order = permutation(seed, epoch, bucketOf.length);
        int numBuckets = Arrays.stream(bucketOf).max().orElse(0) + 1;
        if (numBuckets == 1) {
            return order;
        }
        // Where the next pack of each bucket goes.
        int[] next = new int[numBuckets + 1];
        for (int bucket : bucketOf) {
            next[bucket + 1]++;
        }
        for (int bucket = 1; bucket < numBuckets; bucket++) {
            next[bucket] += next[bucket - 1];
        }
        int[] sorted = new int[order.length];
        for (int pack : order) {
            sorted[next[bucketOf[pack]]++] = pack;
        }
        return sorted;
    }
}
