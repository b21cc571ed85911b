package dev.packtrain.packing;

/**
 * {@link PackingMethod#BEST_FIT_DECREASING}: examples from the longest to the shortest, each into the pack with the
 * least room that still takes it. At most 11/9 of the optimal number of packs, plus 4 (Johnson 1973).
 *
 * <p>Ties: of equally long examples the earlier in the group goes first; of packs with equally much room the one that
 * reached it first is taken. Packs are numbered in the order in which they are opened.
 *
 * <p>Work is O(n + L) for a group of n and a capacity of L: lengths are sorted by counting, and the fullest pack that fits
 * is found in a bit set over the rooms.
 */
final class BestFitDecreasingPacker implements Packer {
    @Override
    public Packing pack(int[] lengths, int maxLength, boolean last) {
        Packers.requireFits(lengths, maxLength);
        int[] packOf = new int[lengths.length];
        OpenPacks open = new OpenPacks(maxLength, lengths.length);
        int numPacks = 0;
        for (int index : longestFirst(lengths, maxLength)) {
            int length = lengths[index];
            int room = open.leastRoomFor(length);
            int pack;
            if (room < 0) {
                pack = numPacks++;
                room = maxLength;
            } else {
                pack = open.take(room);
            }
            packOf[index] = pack;
            if (room > length) {
                open.add(pack, room - length);
            }
        }
        return new Packing(numPacks, packOf);
    }

    /** Indices of the group by falling length; a counting sort, hence stable. */
    private static int[] longestFirst(int[] lengths, int maxLength) {
        // start[T] is where the examples of length T begin: after all longer ones.
        int[] start = new int[maxLength + 2];
        for (int length : lengths) {
            start[length - 1]++;
        }
        for (int length = maxLength - 1; length >= 0; length--) {
            start[length] += start[length + 1];
        }
        int[] order = new int[lengths.length];
        for (int index = 0; index < order.length; index++) {
            order[start[lengths[index]]++] = index;
        }
        return order;
    }
}
