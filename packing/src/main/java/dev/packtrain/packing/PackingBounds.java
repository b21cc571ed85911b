package dev.packtrain.packing;

/** The fewest packs that any method could need: what padding figures stand beside. */
public final class PackingBounds {
    private PackingBounds() {}

    /** Tokens divided by the capacity, rounded up. */
    public static long material(int[] lengths, int maxLength) {
        long tokens = 0;
        for (int length : lengths) {
            tokens += length;
        }
        return (tokens + maxLength - 1) / maxLength;
    }

    /**
     * Martello and Toth's bound L2 (1990), never below {@link #material}: examples longer than half a pack have no pack in
     * common, and examples below a threshold α are left out, whichever α is worst. It never exceeds the rounded-up bound of the
     * cutting-stock problem's linear relaxation. Work is O(n + L).
     *
     * @param lengths from 1 to {@code maxLength}
     */
    public static long l2(int[] lengths, int maxLength) {
        Packers.requireFits(lengths, maxLength);
        long[] number = new long[maxLength + 2];
        long[] tokens = new long[maxLength + 2];
        for (int length : lengths) {
            number[length]++;
            tokens[length] += length;
        }
        // From here on: of all lengths from the index up.
        for (int length = maxLength; length >= 0; length--) {
            number[length] += number[length + 1];
            tokens[length] += tokens[length + 1];
        }
        int half = maxLength / 2 + 1;
        long best = 0;
        for (int alpha = 0; alpha <= maxLength / 2; alpha++) {
            int full = maxLength - alpha + 1;
            long medium = number[half] - number[full];
            long roomBesideMedium = medium * maxLength - (tokens[half] - tokens[full]);
            long rest = tokens[alpha] - tokens[half] - roomBesideMedium;
            best = Math.max(best, number[half] + (rest <= 0 ? 0 : (rest + maxLength - 1) / maxLength));
        }
        return best;
    }
}
