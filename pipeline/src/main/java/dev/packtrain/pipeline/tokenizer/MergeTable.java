package dev.packtrain.pipeline.tokenizer;

import java.util.Arrays;

/**
 * The merges of a byte-pair vocabulary: which two neighbouring tokens become one, and which merge comes first.
 *
 * <p>A hash table of longs, each with the left id, the right id and the rank, so that a merge is looked up in one read
 * most of the time. Pairs of single bytes, which every word starts with, have a table of their own.
 */
final class MergeTable {
    /** The rank of a pair that is not merged; greater than every rank. */
    static final int NONE = Integer.MAX_VALUE;

    /** Ids are below this. */
    static final int MAX_IDS = 1 << 20;

    /** Ranks are below this. */
    static final int MAX_MERGES = (1 << 24) - 1;

    private static final int ID_BITS = 20;
    private static final int RANK_BITS = 24;
    private static final long RANK_MASK = (1L << RANK_BITS) - 1;
    private static final long EMPTY = -1;
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private static final int BYTES = 256;

    private final int[] byteIds;
    private final int[] bytePairs = new int[BYTES * BYTES];
    private final long[] table;
    private final int shift;
    private final int[] results;

    /**
     * Builds the table.
     *
     * @param byteIds the id of each of the 256 bytes
     * @param pairs left and right id of each merge in turn, the most urgent first; of equal pairs the last counts
     * @param results the id that each merge makes
     */
    MergeTable(int[] byteIds, int[] pairs, int[] results) {
        this.byteIds = byteIds;
        this.results = results;
        int bits = Math.max(8, 33 - Integer.numberOfLeadingZeros(Math.max(1, results.length)));
        this.table = new long[1 << bits];
        this.shift = Long.SIZE - bits;
        Arrays.fill(table, EMPTY);
        for (int rank = 0; rank < results.length; rank++) {
            put(pairs[2 * rank], pairs[2 * rank + 1], rank);
        }
        for (int left = 0; left < BYTES; left++) {
            for (int right = 0; right < BYTES; right++) {
                bytePairs[(left << 8) | right] = rank(byteIds[left], byteIds[right]);
            }
        }
    }

    private static long key(int left, int right) {
        return ((long) left << ID_BITS) | right;
    }

    private void put(int left, int right, int rank) {
        long key = key(left, right);
        int at = (int) ((key * GOLDEN) >>> shift);
        while (table[at] != EMPTY && (table[at] >>> RANK_BITS) != key) {
            at = (at + 1) & (table.length - 1);
        }
        table[at] = (key << RANK_BITS) | rank;
    }

    /** The rank of the merge of two tokens, or {@link #NONE}. */
    int rank(int left, int right) {
        long key = key(left, right);
        int at = (int) ((key * GOLDEN) >>> shift);
        while (true) {
            long entry = table[at];
            if ((entry >>> RANK_BITS) == key) {
                return entry == EMPTY ? NONE : (int) (entry & RANK_MASK);
            }
            if (entry == EMPTY) {
                return NONE;
            }
            at = (at + 1) & (table.length - 1);
        }
    }

    /** The rank of the merge of two bytes, or {@link #NONE}. */
    int byteRank(byte left, byte right) {
        return bytePairs[((left & 0xFF) << 8) | (right & 0xFF)];
    }

    /** The token of a byte. */
    int byteId(byte b) {
        return byteIds[b & 0xFF];
    }

    /** The token that a merge makes. */
    int result(int rank) {
        return results[rank];
    }
}
