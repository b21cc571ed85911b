package dev.packtrain.packing;

import java.util.Arrays;

/**
 * Packs what is left so that each pack, which begins with the longest example left, has the least padding possible (minimum
 * bin slack: Gupta and Ho 1999). Which sums the stock can make is found by dynamic programming over the lengths, from the
 * longest on and only until the pack is full, so that short examples are spared for later packs.
 *
 * <p>A set of sums is a bit set, and one more example of a length shifts it by that length: 64 sums a step.
 */
final class SlackFill {
    /** Most words that all packs together may take; beyond that, best-fit-decreasing packs the stock. */
    private static final int MOST_WORDS = 1 << 25;

    /** Packs between two looks at which lengths have run out. */
    private static final int COMPACT_EVERY = 32;

    private final LengthStock stock;
    private final int maxLength;
    /** Sums that are possible with the first lengths, by the number of lengths; rows are made when they are needed. */
    private final long[][] possible;
    /** The length that made a row of {@link #possible} of the one before. */
    private final int[] lengthOf;

    private long[] fresh;
    private long[] shifted;
    private int room;
    private int numWords;
    private int words = MOST_WORDS;

    private SlackFill(LengthStock stock, int maxLength) {
        this.stock = stock;
        this.maxLength = maxLength;
        possible = new long[stock.numDistinct + 1][];
        lengthOf = new int[stock.numDistinct + 1];
        fresh = new long[(maxLength >>> 6) + 1];
        shifted = new long[fresh.length];
    }

    /** Packs everything in the stock. */
    static void run(LengthStock stock, int maxLength) {
        stock.compact();
        new SlackFill(stock, maxLength).run();
    }

    private void run() {
        for (int numPacks = 0, longest = 0; stock.numLeft > 0; numPacks++) {
            if (words <= 0) {
                stock.compact();
                BestFit.run(stock, maxLength, 0);
                return;
            }
            if (numPacks % COMPACT_EVERY == 0) {
                stock.compact();
                longest = 0;
            }
            while (stock.count[stock.distinct[longest]] == 0) {
                longest++;
            }
            stock.take(stock.distinct[longest]);
            fill();
            stock.close(Integer.MAX_VALUE);
        }
    }

    /** Takes the lengths of the greatest sum that the open pattern's room holds. */
    private void fill() {
        room = stock.room;
        numWords = (room >>> 6) + 1;
        Arrays.fill(row(0), 0, numWords, 0);
        possible[0][0] = 1;
        int number = 0;
        for (int index = firstThatFits(); index < stock.numDistinct && !isSet(possible[number], room); index++) {
            int length = stock.distinct[index];
            if (stock.count[length] > 0) {
                addLength(possible[number], row(number + 1), length);
                lengthOf[++number] = length;
            }
        }
        int sum = room;
        while (!isSet(possible[number], sum)) {
            sum--;
        }
        while (sum > 0) {
            while (isSet(possible[number - 1], sum)) {
                number--;
            }
            stock.take(lengthOf[number]);
            sum -= lengthOf[number];
        }
    }

    /** Index of the longest length that the room takes. */
    private int firstThatFits() {
        int from = 0;
        int to = stock.numDistinct;
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (stock.distinct[middle] > room) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from;
    }

    /** Adds to the sums that are possible without a length those that up to as many as are left of it make possible. */
    private void addLength(long[] before, long[] after, int length) {
        System.arraycopy(before, 0, after, 0, numWords);
        System.arraycopy(before, 0, fresh, 0, numWords);
        words -= numWords;
        boolean any = true;
        for (int left = stock.count[length]; left > 0 && any; left--) {
            any = false;
            int from = length >>> 6;
            int by = length & 63;
            for (int word = from; word < numWords; word++) {
                long low = by == 0 || word == from ? 0 : fresh[word - from - 1] >>> (64 - by);
                long here = (fresh[word - from] << by | low) & ~after[word];
                shifted[word] = here;
                after[word] |= here;
                any |= here != 0;
            }
            Arrays.fill(shifted, 0, from, 0);
            long[] previous = fresh;
            fresh = shifted;
            shifted = previous;
            words -= numWords;
        }
    }

    private long[] row(int index) {
        if (possible[index] == null) {
            possible[index] = new long[(maxLength >>> 6) + 1];
        }
        return possible[index];
    }

    private static boolean isSet(long[] bits, int sum) {
        return (bits[sum >>> 6] & 1L << sum) != 0;
    }
}
