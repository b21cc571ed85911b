package dev.packtrain.pipeline.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class SplitOrderPropertyTest {
    private static final int KIB = 1 << 10;

    @Property(tries = 300)
    void groupsAreConsecutiveAndBoundedWhateverTheOrderInWhichSplitsWereCounted(
            @ForAll @Size(min = 1, max = 60) List<@IntRange(min = 0, max = 900) Integer> kib,
            @ForAll @IntRange(min = 1, max = 40) int rowsOfSplit,
            @ForAll @IntRange(min = 1, max = 10) int maxRows,
            @ForAll @IntRange(min = 1, max = 3000) int maxKib) {
        List<SplitCounts> splits = new ArrayList<>();
        for (int i = 0; i < kib.size(); i += rowsOfSplit) {
            SplitCounts.Counter counter = new SplitCounts.Counter();
            kib.subList(i, Math.min(kib.size(), i + rowsOfSplit)).forEach(size -> counter.add((long) size * KIB));
            splits.add(counter.of(i % 2 == 0 ? "f" + (char) ('a' + i / 10) : "fz", i));
        }
        SplitOrder order = new SplitOrder(splits);
        long[] groups = order.groups(new GroupBounds(maxRows, (long) maxKib * KIB));
        Collections.shuffle(splits, new Random(7));
        SplitOrder shuffled = new SplitOrder(splits);
        assertThat(shuffled.groups(new GroupBounds(maxRows, (long) maxKib * KIB)))
                .isEqualTo(groups);
        assertThat(shuffled.numbered()).isEqualTo(order.numbered());
        assertThat(order.numRows()).isEqualTo(kib.size());

        assertThat(groups).startsWith(0).isSorted().doesNotHaveDuplicates();
        long[] ends = LongStream.concat(LongStream.of(groups).skip(1), LongStream.of(kib.size()))
                .toArray();
        List<Integer> sizes = new ArrayList<>();
        for (SplitOrder.Numbered split : order.numbered()) {
            int first = Math.toIntExact(split.split().start());
            sizes.addAll(
                    kib.subList(first, first + Math.toIntExact(split.split().rows())));
        }
        for (int g = 0; g < groups.length; g++) {
            assertThat(ends[g] - groups[g]).isBetween(1L, (long) maxRows);
            long size = sizes.subList((int) groups[g], (int) ends[g] - 1).stream()
                    .mapToLong(Integer::longValue)
                    .sum();
            // A row may be behind its mark by as much as marks are apart, at both ends of the group.
            assertThat(size).isLessThanOrEqualTo(maxKib + 2L * SplitCounts.MARK_BYTES / KIB + 900);
        }
    }
}
