package dev.packtrain.packing;

import java.util.Arrays;

/**
 * Packs what is left so that each pack, which begins with the longest example left, has the least padding possible (minimum
 * bin slack: Gupta and Ho 1999). Which sums the stock can make is found by dynamic programming over the lengths, from the
 * longest on and only until the pack is full, so that short examples are spared for later packs.
 */
final class SlackFill {
    /** Most table cells that all packs together may take; beyond that, best-fit-decreasing packs the stock. */
    private static final long MOST_CELLS = 1L << 28;

    private SlackFill() {}

    /** Packs everything in the stock. */
    static void run(LengthStock stock, int maxLength) {
        int[] lastLength = new int[maxLength + 1];
        int[] numUsed = new int[maxLength + 1];
        long cells = 0;
        for (stock.compact(); stock.numLeft > 0; stock.compact()) {
            if (cells > MOST_CELLS) {
                BestFit.run(stock, maxLength, 0);
                return;
            }
            stock.take(stock.longest());
            int room = stock.room;
            Arrays.fill(lastLength, 0, room + 1, 0);
            int best = 0;
            for (int index = 0; index < stock.numDistinct && best < room; index++) {
                best = Math.max(best, addLength(stock, stock.distinct[index], room, lastLength, numUsed));
                cells += room;
            }
            for (int sum = best; sum > 0; ) {
                int length = lastLength[sum];
                stock.take(length);
                sum -= length;
            }
            stock.close(Integer.MAX_VALUE);
        }
    }

    /** Marks the sums that become possible with examples of one more length; returns the greatest of them, or 0. */
    private static int addLength(LengthStock stock, int length, int room, int[] lastLength, int[] numUsed) {
        int left = stock.count[length];
        if (left == 0 || length > room) {
            return 0;
        }
        int best = 0;
        Arrays.fill(numUsed, 0, room + 1, 0);
        for (int sum = length; sum <= room; sum++) {
            int before = sum - length;
            boolean possible = before == 0 || lastLength[before] != 0;
            if (lastLength[sum] == 0 && possible && numUsed[before] < left) {
                lastLength[sum] = length;
                numUsed[sum] = numUsed[before] + 1;
                best = sum;
            }
        }
        return best;
    }
}
