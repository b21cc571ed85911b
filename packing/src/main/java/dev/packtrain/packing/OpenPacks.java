package dev.packtrain.packing;

import java.util.Arrays;

/**
 * Packs that still have room, by how much: a queue of packs for each room from 1 to {@code maxLength}, and over the
 * queues a bit set of two levels that says which are not empty.
 *
 * <p>Finding the least sufficient room looks at one word, then at the summary (one bit a word): L / 4096 steps at worst.
 */
final class OpenPacks {
    private static final int NONE = -1;

    /** Bit r: some pack has room r. */
    private final long[] rooms;
    /** Bit w: {@code rooms[w] != 0}. */
    private final long[] summary;

    private final int[] firstPack;
    private final int[] lastPack;
    private final int[] nextPack;

    /** No pack is open; at most {@code maxPacks} ever will be. */
    OpenPacks(int maxLength, int maxPacks) {
        rooms = new long[(maxLength >>> 6) + 1];
        summary = new long[(rooms.length >>> 6) + 1];
        firstPack = new int[maxLength + 1];
        lastPack = new int[maxLength + 1];
        nextPack = new int[maxPacks];
        Arrays.fill(firstPack, NONE);
    }

    /** The smallest room of at least {@code length} that some pack has, or −1. */
    int leastRoomFor(int length) {
        int word = length >>> 6;
        long here = rooms[word] & (-1L << length);
        if (here != 0) {
            return (word << 6) + Long.numberOfTrailingZeros(here);
        }
        int next = nextNonEmptyWord(word + 1);
        return next < 0 ? -1 : (next << 6) + Long.numberOfTrailingZeros(rooms[next]);
    }

    private int nextNonEmptyWord(int from) {
        int index = from >>> 6;
        if (index >= summary.length) {
            return -1;
        }
        long here = summary[index] & (-1L << from);
        while (here == 0) {
            if (++index == summary.length) {
                return -1;
            }
            here = summary[index];
        }
        return (index << 6) + Long.numberOfTrailingZeros(here);
    }

    /** Puts a pack at the end of the queue of its room, which is at least 1. */
    void add(int pack, int room) {
        nextPack[pack] = NONE;
        if (firstPack[room] == NONE) {
            firstPack[room] = pack;
            rooms[room >>> 6] |= 1L << room;
            summary[room >>> 12] |= 1L << (room >>> 6);
        } else {
            nextPack[lastPack[room]] = pack;
        }
        lastPack[room] = pack;
    }

    /** Takes the first pack out of the queue of a room that {@link #leastRoomFor} returned. */
    int take(int room) {
        int pack = firstPack[room];
        firstPack[room] = nextPack[pack];
        if (firstPack[room] == NONE) {
            rooms[room >>> 6] &= ~(1L << room);
            if (rooms[room >>> 6] == 0) {
                summary[room >>> 12] &= ~(1L << (room >>> 6));
            }
        }
        return pack;
    }
}
