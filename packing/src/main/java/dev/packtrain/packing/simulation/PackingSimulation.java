package dev.packtrain.packing.simulation;

import dev.packtrain.packing.CarryTree;
import dev.packtrain.packing.Packer;
import dev.packtrain.packing.Packing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What {@code prepare} does with lengths alone: groups of consecutive examples, then the levels of the {@link CarryTree}.
 *
 * @param numPacks packs of all levels
 * @param tokens in them
 * @param numCarried examples that the first level carried
 * @param numLevels levels with at least one group
 * @param nanos time inside the packer
 */
public record PackingSimulation(long numPacks, long tokens, long numCarried, int numLevels, long nanos) {
    /** Packs {@code lengths}, group by group and level by level. */
    public static PackingSimulation run(Packer packer, int[] lengths, int maxLength, int groupSize) {
        List<int[]> groups = new ArrayList<>();
        for (int from = 0; from < lengths.length; from += groupSize) {
            groups.add(Arrays.copyOfRange(lengths, from, Math.min(from + groupSize, lengths.length)));
        }
        boolean last = groups.size() <= 1;
        long numPacks = 0;
        long numCarried = 0;
        long nanos = 0;
        int numLevels = 0;
        while (!groups.isEmpty()) {
            List<int[]> carried = new ArrayList<>();
            for (int[] group : groups) {
                long start = System.nanoTime();
                Packing packing = packer.pack(group, maxLength, last);
                nanos += System.nanoTime() - start;
                numPacks += packing.numPacks();
                carried.add(carried(group, packing));
            }
            if (++numLevels == 1) {
                numCarried = carried.stream().mapToLong(group -> group.length).sum();
            }
            CarryTree.Level next = CarryTree.next(
                    carried.stream().mapToInt(group -> group.length).toArray(), groupSize);
            groups = next.groups().stream()
                    .map(ranges -> gather(ranges, carried))
                    .toList();
            last = next.last();
        }
        return new PackingSimulation(
                numPacks, Arrays.stream(lengths).asLongStream().sum(), numCarried, numLevels, nanos);
    }

    /** Slots that are padding, from 0 to 1. */
    public double paddingRatio(int maxLength) {
        return numPacks == 0 ? 0 : 1 - tokens / ((double) numPacks * maxLength);
    }

    private static int[] carried(int[] group, Packing packing) {
        int[] carried = new int[packing.numCarried()];
        int at = 0;
        for (int index = 0; index < group.length; index++) {
            if (packing.packOf()[index] == Packing.CARRIED) {
                carried[at++] = group[index];
            }
        }
        return carried;
    }

    private static int[] gather(List<CarryTree.Range> ranges, List<int[]> carried) {
        return ranges.stream()
                .flatMapToInt(range -> Arrays.stream(carried.get(range.group()), range.from(), range.to()))
                .toArray();
    }
}
