package dev.packtrain.pipeline.report;

import java.util.BitSet;

/** What packing all examples at once would need, from nothing but how many examples have each length. */
final class HistogramPacks {
    private final long[] packsByRoom;
    private final BitSet rooms = new BitSet();

    private HistogramPacks(int maxLength) {
        packsByRoom = new long[maxLength + 1];
    }

    /** Fewest packs that could hold the tokens: all of them full, but the last. */
    static long bound(long tokens, int maxLength) {
        return (tokens + maxLength - 1) / maxLength;
    }

    /**
     * Packs that best-fit-decreasing over the whole set needs, exactly: each example, from the longest to the shortest,
     * goes into the pack with the least room that still takes it.
     *
     * <p>Equal examples and packs with equal room are handled together, so the work depends on the capacity and on how
     * many lengths there are, not on the number of examples: a pack that takes an example is again the one with the
     * least room, as long as it takes another.
     */
    static long bestFitDecreasing(long[] countByLength, int maxLength) {
        HistogramPacks open = new HistogramPacks(maxLength);
        long numPacks = 0;
        for (int length = Math.min(maxLength, countByLength.length - 1); length >= 1; length--) {
            long left = countByLength[length];
            for (int room = open.rooms.nextSetBit(length);
                    room >= 0 && left > 0;
                    room = open.rooms.nextSetBit(room + 1)) {
                left -= open.fill(room, open.packsByRoom[room], length, left);
            }
            if (left > 0) {
                int each = maxLength / length;
                long opened = (left + each - 1) / each;
                numPacks += opened;
                open.add(maxLength, opened);
                open.fill(maxLength, opened, length, left);
            }
        }
        return numPacks;
    }

    private void add(int room, long packs) {
        packsByRoom[room] += packs;
        rooms.set(room, packsByRoom[room] > 0);
    }

    /** Puts examples of one length into the {@code packs} with this room; returns how many of {@code left} found a place. */
    private long fill(int room, long packs, int length, long left) {
        int each = room / length;
        long full = Math.min(packs, left / each);
        add(room, -full);
        add(room - each * length, full);
        long placed = full * each;
        int rest = full < packs ? (int) (left - placed) : 0;
        if (rest > 0) {
            add(room, -1);
            add(room - rest * length, 1);
        }
        return placed + rest;
    }
}
