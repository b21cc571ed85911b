package dev.packtrain.packing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * {@link PackingMethod#BEST_FIT_DECREASING}: examples from the longest to the shortest, each into the pack with the
 * least room that still takes it. At most 11/9 of the optimal number of packs, plus 4 (Johnson 1973).
 *
 * <p>Ties: of equally long examples the earlier in the group goes first; of packs with equally much room the one that
 * reached it first is taken. Inside a pack examples stand in the order of the group.
 *
 * <p>Packs come out by the id of the longest example in each (the earliest, if several are longest), not in the order in
 * which they were filled, which is that of falling lengths. The smallest id would cluster lengths too: a pack of many
 * short examples has a smaller one than a pack of few.
 *
 * <p>Work is O(n + L) for a group of n and a capacity of L, plus the sort of the packs: lengths are sorted by counting,
 * and the fullest pack that fits is found in a bit set over the rooms.
 */
final class BestFitDecreasingPacker implements Packer {
    @Override
    public List<Pack> pack(List<TokenizedExample> group, int maxLength) {
        Packers.requireFits(group, maxLength);
        int[] packOf = new int[group.size()];
        int numPacks = assign(group, maxLength, packOf);
        return collect(group, packOf, numPacks);
    }

    /** Fills {@code packOf} with the pack of each example of the group and returns the number of packs. */
    private static int assign(List<TokenizedExample> group, int maxLength, int[] packOf) {
        OpenPacks open = new OpenPacks(maxLength, group.size());
        int numPacks = 0;
        for (int index : longestFirst(group, maxLength)) {
            int length = group.get(index).length();
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
        return numPacks;
    }

    /** Indices of the group by falling length; a counting sort, hence stable. */
    private static int[] longestFirst(List<TokenizedExample> group, int maxLength) {
        // start[T] is where the examples of length T begin: after all longer ones.
        int[] start = new int[maxLength + 2];
        for (TokenizedExample example : group) {
            start[example.length() - 1]++;
        }
        for (int length = maxLength - 1; length >= 0; length--) {
            start[length] += start[length + 1];
        }
        int[] order = new int[group.size()];
        for (int index = 0; index < order.length; index++) {
            order[start[group.get(index).length()]++] = index;
        }
        return order;
    }

    private static List<Pack> collect(List<TokenizedExample> group, int[] packOf, int numPacks) {
        List<List<TokenizedExample>> members = new ArrayList<>(numPacks);
        for (int pack = 0; pack < numPacks; pack++) {
            members.add(new ArrayList<>());
        }
        for (int index = 0; index < packOf.length; index++) {
            members.get(packOf[index]).add(group.get(index));
        }
        return members.stream()
                .sorted(Comparator.comparingLong(BestFitDecreasingPacker::longestId))
                .map(Pack::new)
                .toList();
    }

    private static long longestId(List<TokenizedExample> examples) {
        Comparator<TokenizedExample> longestThenEarliest =
                Comparator.comparingInt(TokenizedExample::length).reversed().thenComparingLong(TokenizedExample::id);
        return examples.stream().min(longestThenEarliest).orElseThrow().id();
    }
}
