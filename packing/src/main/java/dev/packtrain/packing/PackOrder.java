package dev.packtrain.packing;

/** The order of a group's packs: a Fisher–Yates shuffle with SplitMix64 (Steele, Lea and Flood 2014). */
final class PackOrder {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private PackOrder() {}

    /** A permutation of {@code 0 … numPacks − 1}, a pure function of its arguments. */
    static int[] shuffled(int numPacks, long seed, long groupNumber) {
        int[] order = new int[numPacks];
        long state = mix(mix(seed) + groupNumber);
        for (int place = 0; place < numPacks; place++) {
            state += GOLDEN_GAMMA;
            // The top 32 random bits scaled to 0 … place; the bias is below place / 2^32.
            int other = (int) (((mix(state) >>> 32) * (place + 1)) >>> 32);
            order[place] = order[other];
            order[other] = place;
        }
        return order;
    }

    private static long mix(long value) {
        long mixed = value;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
