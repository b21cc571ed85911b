package dev.packtrain.packing;

import java.util.ArrayList;
import java.util.List;

/**
 * Which carried examples are packed together next. Every group of a level may carry examples; consecutive groups' carried
 * examples, one after the other, are cut into the groups of the next level, until one group is left, which carries nothing.
 *
 * <p>A pure function of the counts, so the tree depends on the data and not on who packs it.
 */
public final class CarryTree {
    private CarryTree() {}

    /**
     * Some consecutive carried examples of one group.
     *
     * @param group number of the group in its level, from 0
     * @param from first of its carried examples, from 0, in the order of {@link PackedGroup#carried()}
     * @param to one past the last
     */
    public record Range(int group, int from, int to) {}

    /**
     * A level of groups.
     *
     * @param groups the members of each group, in order; none if nothing was carried
     * @param last whether these groups may carry nothing, so that no further level follows
     */
    public record Level(List<List<Range>> groups, boolean last) {
        public Level {
            groups = List.copyOf(groups);
        }
    }

    /**
     * The groups that take what a level carried. Their number is the fewest possible and their sizes differ by at most one,
     * so that no small group is left at the end of a level.
     *
     * <p>The level is the last if it is one group, or if it would have no fewer groups than the level before: then
     * carrying on would not end.
     *
     * @param carried number of examples that each group of the level before carried, in the order of its groups
     * @param groupSize most examples of a group, at least 1
     */
    public static Level next(int[] carried, int groupSize) {
        if (groupSize < 1) {
            throw new IllegalArgumentException("packing_group_size is %d; wanted at least 1".formatted(groupSize));
        }
        long total = 0;
        for (int count : carried) {
            if (count < 0) {
                throw new IllegalArgumentException("a group carried %d examples; wanted at least 0".formatted(count));
            }
            total += count;
        }
        int numGroups = Math.toIntExact((total + groupSize - 1) / groupSize);
        List<List<Range>> groups = new ArrayList<>(numGroups);
        int source = 0;
        int from = 0;
        for (long group = 0; group < numGroups; group++) {
            long wanted = total * (group + 1) / numGroups - total * group / numGroups;
            List<Range> members = new ArrayList<>();
            while (wanted > 0) {
                int take = (int) Math.min(wanted, carried[source] - from);
                if (take > 0) {
                    members.add(new Range(source, from, from + take));
                    wanted -= take;
                    from += take;
                }
                if (from == carried[source]) {
                    source++;
                    from = 0;
                }
            }
            groups.add(List.copyOf(members));
        }
        return new Level(groups, numGroups <= 1 || numGroups >= carried.length);
    }
}
