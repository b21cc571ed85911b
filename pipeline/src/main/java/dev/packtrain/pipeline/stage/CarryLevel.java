package dev.packtrain.pipeline.stage;

import dev.packtrain.packing.CarryTree;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * The groups of one level of the carry tree, and the staged files that hold their examples. A pure function of what was
 * carried.
 *
 * @param groups in the order of their examples
 */
record CarryLevel(List<CarryGroup> groups) {
    /** Tokens of a group on average at most: with their labels 64 MiB. */
    static final long MAX_TOKENS = 8L << 20;

    /** Some consecutive examples of a file. */
    record Part(CarriedFile file, int from, int to) implements Serializable {}

    /**
     * Examples that are packed together.
     *
     * @param number among all groups of the data set, those of lower levels first
     * @param last whether nothing may be carried further
     */
    record CarryGroup(int number, boolean last, List<Part> parts) implements Serializable {}

    /**
     * The next level.
     *
     * @param carried by each group of the level below, null where it carried nothing
     * @param firstNumber number of the first group of the next level
     * @param maxExamples {@code packing_group_size}
     */
    static CarryLevel above(List<CarriedFile> carried, int firstNumber, int maxExamples) {
        int[] counts = new int[carried.size()];
        long examples = 0;
        long tokens = 0;
        for (int i = 0; i < counts.length; i++) {
            CarriedFile file = carried.get(i);
            if (file != null) {
                counts[i] = file.examples();
                examples += file.examples();
                tokens += file.tokens();
            }
        }
        if (examples == 0) {
            return new CarryLevel(List.of());
        }
        long withinTokens = Math.max(1, (long) ((double) MAX_TOKENS * examples / tokens));
        CarryTree.Level level = CarryTree.next(counts, (int) Math.min(maxExamples, withinTokens));
        List<CarryGroup> groups = new ArrayList<>(level.groups().size());
        for (List<CarryTree.Range> ranges : level.groups()) {
            List<Part> parts = ranges.stream()
                    .map(range -> new Part(carried.get(range.group()), range.from(), range.to()))
                    .toList();
            groups.add(new CarryGroup(firstNumber + groups.size(), level.last(), parts));
        }
        return new CarryLevel(groups);
    }
}
