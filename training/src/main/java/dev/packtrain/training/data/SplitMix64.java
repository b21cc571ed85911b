package dev.packtrain.training.data;

/**
 * The SplitMix64 generator (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators"), written out so that
 * the order of the data never changes with the JDK.
 */
final class SplitMix64 {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    SplitMix64(long seed) {
        this.state = seed;
    }

    /** Next 64 bits. */
    long next() {
        state += GOLDEN_GAMMA;
        return mix(state);
    }

    /** The finaliser: a bijection of 64 bits that scatters nearby values. */
    static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /**
     * Uniform in {@code [0, bound)}, without bias: draws below {@code 2^64 mod bound} are thrown away.
     *
     * @param bound at least 1
     */
    int below(int bound) {
        long threshold = Long.remainderUnsigned(-bound, bound);
        long drawn = next();
        while (Long.compareUnsigned(drawn, threshold) < 0) {
            drawn = next();
        }
        return (int) Long.remainderUnsigned(drawn, bound);
    }
}
