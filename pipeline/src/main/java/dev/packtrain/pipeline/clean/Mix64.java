package dev.packtrain.pipeline.clean;

/** Fast 64-bit hashes where nothing depends on nobody being able to make two alike. */
final class Mix64 {
    private Mix64() {}

    /** The finaliser of SplitMix64 (Steele et al., 2014) after a step of its sequence. */
    static long mix(long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** Of the UTF-16 characters from {@code from} to {@code to - 1}. */
    static long hash(CharSequence text, int from, int to) {
        long hash = (long) to - from;
        for (int i = from; i < to; i++) {
            hash = mix(hash ^ text.charAt(i));
        }
        return hash;
    }
}
