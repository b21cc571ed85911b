package dev.packtrain.kernels;

import java.util.Arrays;

/**
 * Which query rows see which key columns, in O(N) memory: the column-wise form of FlashMask (Wang et al. 2024, arXiv
 * 2410.01359). For every key column two intervals of rows are hidden, one usually below and one above the diagonal:
 *
 * <pre>
 * row r does not see key c  iff  (causal and r &lt; c) or lowerStart[c] ≤ r &lt; lowerEnd[c] or upperStart[c] ≤ r &lt; upperEnd[c]
 * </pre>
 *
 * <p>Row and key numbers count from 0 in the same pack. A row may be left without any key: its output is zero. The twelve
 * masks of the paper are in {@link FlashMasks}. Immutable.
 */
public final class FlashMask {
    private final boolean causal;
    private final int numRows;
    private final int[] lowerStarts;
    private final int[] lowerEnds;
    private final int[] upperStarts;
    private final int[] upperEnds;

    private FlashMask(
            boolean causal, int numRows, int[] lowerStarts, int[] lowerEnds, int[] upperStarts, int[] upperEnds) {
        this.causal = causal;
        this.numRows = numRows;
        this.lowerStarts = lowerStarts;
        this.lowerEnds = lowerEnds;
        this.upperStarts = upperStarts;
        this.upperEnds = upperEnds;
        requireRows();
        requireIntervals("lower", lowerStarts, lowerEnds);
        requireIntervals("upper", upperStarts, upperEnds);
    }

    /**
     * Causal with one value a key: rows from it to the last are hidden.
     *
     * @param numRows number of query rows, at least 1
     * @param lowerStarts int32 {@code [numKeys]}, 0 to {@code numRows}
     * @throws IllegalArgumentException if a value is outside its range or no key is given
     */
    public static FlashMask causal(int numRows, int[] lowerStarts) {
        return causal(numRows, lowerStarts, filled(lowerStarts.length, numRows));
    }

    /**
     * Causal with two values a key: rows in [start, end) are hidden.
     *
     * @param numRows number of query rows, at least 1
     * @param lowerStarts int32 {@code [numKeys]}, 0 to {@code numRows}
     * @param lowerEnds int32 {@code [numKeys]}, from the start to {@code numRows}
     * @throws IllegalArgumentException if the lengths differ, a value is outside its range or no key is given
     */
    public static FlashMask causal(int numRows, int[] lowerStarts, int[] lowerEnds) {
        int[] none = new int[lowerStarts.length];
        return new FlashMask(true, numRows, lowerStarts.clone(), lowerEnds.clone(), none, none);
    }

    /**
     * Not causal, with two values a key: rows from the first value to the last row, and rows before the second, are
     * hidden.
     *
     * @param numRows number of query rows, at least 1
     * @param lowerStarts int32 {@code [numKeys]}, 0 to {@code numRows}
     * @param upperEnds int32 {@code [numKeys]}, 0 to {@code numRows}
     * @throws IllegalArgumentException if the lengths differ, a value is outside its range or no key is given
     */
    public static FlashMask bidirectional(int numRows, int[] lowerStarts, int[] upperEnds) {
        int numKeys = lowerStarts.length;
        return bidirectional(numRows, lowerStarts, filled(numKeys, numRows), new int[numKeys], upperEnds);
    }

    /**
     * Not causal, with four values a key: two intervals of hidden rows.
     *
     * @param numRows number of query rows, at least 1
     * @param lowerStarts int32 {@code [numKeys]}, 0 to {@code numRows}
     * @param lowerEnds int32 {@code [numKeys]}, from the start to {@code numRows}
     * @param upperStarts int32 {@code [numKeys]}, 0 to {@code numRows}
     * @param upperEnds int32 {@code [numKeys]}, from the start to {@code numRows}
     * @throws IllegalArgumentException if the lengths differ, a value is outside its range or no key is given
     */
    public static FlashMask bidirectional(
            int numRows, int[] lowerStarts, int[] lowerEnds, int[] upperStarts, int[] upperEnds) {
        return new FlashMask(
                false, numRows, lowerStarts.clone(), lowerEnds.clone(), upperStarts.clone(), upperEnds.clone());
    }

    private static int[] filled(int length, int value) {
        int[] values = new int[length];
        Arrays.fill(values, value);
        return values;
    }

    private void requireRows() {
        if (numRows < 1 || lowerStarts.length < 1) {
            throw new IllegalArgumentException("A mask was given " + numRows + " rows and " + lowerStarts.length
                    + " keys; give at least one of each.");
        }
    }

    private void requireIntervals(String which, int[] starts, int[] ends) {
        if (starts.length != lowerStarts.length || ends.length != lowerStarts.length) {
            throw new IllegalArgumentException(
                    "A mask's %s intervals have %d starts and %d ends for %d keys; give one of each to every key."
                            .formatted(which, starts.length, ends.length, lowerStarts.length));
        }
        for (int key = 0; key < starts.length; key++) {
            if (starts[key] < 0 || starts[key] > ends[key] || ends[key] > numRows) {
                throw new IllegalArgumentException(
                        "A mask's %s interval of key %d is rows [%d, %d), wanted 0 ≤ start ≤ end ≤ %d rows; an interval without rows has its start as its end."
                                .formatted(which, key, starts[key], ends[key], numRows));
            }
        }
    }

    /** Whether keys after a row are hidden from it, whatever the intervals say. */
    public boolean causal() {
        return causal;
    }

    /** Number of query rows. */
    public int numRows() {
        return numRows;
    }

    /** Number of key columns. */
    public int numKeys() {
        return lowerStarts.length;
    }

    /** First hidden row of each key's lower interval, {@code [numKeys]}, a copy. */
    public int[] lowerStarts() {
        return lowerStarts.clone();
    }

    /** First row after each key's lower interval, {@code [numKeys]}, a copy. */
    public int[] lowerEnds() {
        return lowerEnds.clone();
    }

    /** First hidden row of each key's upper interval, {@code [numKeys]}, a copy. */
    public int[] upperStarts() {
        return upperStarts.clone();
    }

    /** First row after each key's upper interval, {@code [numKeys]}, a copy. */
    public int[] upperEnds() {
        return upperEnds.clone();
    }

    /** Whether a row sees a key. */
    public boolean visible(int row, int key) {
        boolean hidden = (causal && row < key)
                || (lowerStarts[key] <= row && row < lowerEnds[key])
                || (upperStarts[key] <= row && row < upperEnds[key]);
        return !hidden;
    }

    /** Number of pairs of a row and a key that it sees: the scores that attention cannot do without. */
    public long numVisible() {
        long[] count = {0};
        for (int key = 0; key < numKeys(); key++) {
            forEachVisibleRange(key, (start, end) -> count[0] += end - start);
        }
        return count[0];
    }

    /** Same values: the same rows see the same keys. The reverse does not hold, for an interval may hide what another does. */
    @Override
    public boolean equals(Object other) {
        return other instanceof FlashMask that
                && causal == that.causal
                && numRows == that.numRows
                && Arrays.equals(lowerStarts, that.lowerStarts)
                && Arrays.equals(lowerEnds, that.lowerEnds)
                && Arrays.equals(upperStarts, that.upperStarts)
                && Arrays.equals(upperEnds, that.upperEnds);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(lowerStarts) + Arrays.hashCode(upperEnds);
    }

    /** Gives the maximal ranges of rows that see a key, in rising order; at most three. */
    void forEachVisibleRange(int key, RowRange range) {
        int row = causal ? Math.min(key, numRows) : 0;
        boolean lowerFirst = lowerStarts[key] <= upperStarts[key];
        int firstStart = lowerFirst ? lowerStarts[key] : upperStarts[key];
        int firstEnd = lowerFirst ? lowerEnds[key] : upperEnds[key];
        row = visit(row, firstStart, firstEnd, range);
        int secondStart = lowerFirst ? upperStarts[key] : lowerStarts[key];
        int secondEnd = lowerFirst ? upperEnds[key] : lowerEnds[key];
        row = visit(row, secondStart, secondEnd, range);
        if (row < numRows) {
            range.accept(row, numRows);
        }
    }

    // Hides [hiddenStart, hiddenEnd) from what is left from row on; returns the first row that is still to be decided.
    private static int visit(int row, int hiddenStart, int hiddenEnd, RowRange range) {
        if (hiddenStart == hiddenEnd) {
            return row;
        }
        if (row < hiddenStart) {
            range.accept(row, hiddenStart);
        }
        return Math.max(row, hiddenEnd);
    }

    /** Takes a range of rows. */
    @FunctionalInterface
    interface RowRange {
        /** Rows {@code start} to {@code end} − 1, at least one. */
        void accept(int start, int end);
    }
}
