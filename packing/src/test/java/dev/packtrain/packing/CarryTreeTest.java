package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.CarryTree.Level;
import dev.packtrain.packing.CarryTree.Range;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class CarryTreeTest {
    @Test
    void nothingCarriedNeedsNoFurtherGroup() {
        assertThat(CarryTree.next(new int[] {0, 0}, 10)).isEqualTo(new Level(List.of(), true));
        assertThat(CarryTree.next(new int[0], 10)).isEqualTo(new Level(List.of(), true));
    }

    @Test
    void whatFitsIntoOneGroupIsTheLast() {
        assertThat(CarryTree.next(new int[] {4, 0, 6}, 10))
                .isEqualTo(new Level(List.of(List.of(new Range(0, 0, 4), new Range(2, 0, 6))), true));
    }

    @Test
    void moreIsCutIntoGroupsOfAboutOneSize() {
        assertThat(CarryTree.next(new int[] {4, 3, 4}, 10))
                .isEqualTo(new Level(
                        List.of(
                                List.of(new Range(0, 0, 4), new Range(1, 0, 1)),
                                List.of(new Range(1, 1, 3), new Range(2, 0, 4))),
                        false));
    }

    @Test
    void aLevelThatDoesNotShrinkIsTheLast() {
        assertThat(CarryTree.next(new int[] {10, 9}, 10).last()).isTrue();
    }

    @Test
    void moreExamplesThanAnIntCountsAreCut() {
        int[] carried = new int[200_000];
        Arrays.fill(carried, 15_000);
        Level level = CarryTree.next(carried, 16_384);
        assertThat(level.groups()).hasSize(183_106);
        assertThat(level.last()).isFalse();
    }

    @Test
    void aGroupSizeBelowOneAndANegativeCountAreRefused() {
        assertThatThrownBy(() -> CarryTree.next(new int[] {1, -1}, 8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a group carried -1 examples; wanted at least 0");
        assertThatThrownBy(() -> CarryTree.next(new int[] {1}, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("packing_group_size is 0; wanted at least 1");
    }

    @Provide
    Arbitrary<int[]> counts() {
        return Arbitraries.integers().between(0, 40).array(int[].class).ofMaxSize(60);
    }

    @Property(tries = 300)
    void everyCarriedExampleIsInOneGroupInOrderAndTheTreeEnds(
            @ForAll("counts") int[] carried, @ForAll @IntRange(min = 1, max = 50) int groupSize) {
        int[] counts = carried;
        for (int levels = 0; ; levels++) {
            assertThat(levels).isLessThanOrEqualTo(carried.length + 1);
            Level level = CarryTree.next(counts, groupSize);
            List<Range> all = new ArrayList<>();
            for (List<Range> group : level.groups()) {
                assertThat(group.stream()
                                .mapToInt(range -> range.to() - range.from())
                                .sum())
                        .isBetween(1, groupSize);
                all.addAll(group);
            }
            assertThat(flat(all)).isEqualTo(flat(whole(counts)));
            if (level.last()) {
                return;
            }
            // The worst case: every group carries all it got.
            counts = level.groups().stream()
                    .mapToInt(group -> group.stream()
                            .mapToInt(range -> range.to() - range.from())
                            .sum())
                    .toArray();
        }
    }

    private static List<Range> whole(int[] counts) {
        List<Range> ranges = new ArrayList<>();
        for (int group = 0; group < counts.length; group++) {
            ranges.add(new Range(group, 0, counts[group]));
        }
        return ranges;
    }

    private static List<String> flat(List<Range> ranges) {
        List<String> examples = new ArrayList<>();
        for (Range range : ranges) {
            for (int index = range.from(); index < range.to(); index++) {
                examples.add(range.group() + ":" + index);
            }
        }
        return examples;
    }
}
