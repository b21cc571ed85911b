package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class PackerPropertyTest {
    record Group(int[] lengths, int maxLength) {
        @Override
        public String toString() {
            return "Group[" + Arrays.toString(lengths) + ", " + maxLength + "]";
        }
    }

    /** Capacities over three words of the bit set's summary; lengths near its edges more often than others. */
    @Provide
    Arbitrary<Group> groups() {
        return Arbitraries.integers()
                .between(1, 9000)
                .edgeCases(config -> config.add(1, 2, 63, 64, 65, 4095, 4096, 4097, 9000))
                .flatMap(maxLength -> Combinators.combine(
                                Arbitraries.integers()
                                        .between(1, maxLength)
                                        .array(int[].class)
                                        .ofMaxSize(120),
                                Arbitraries.just(maxLength))
                        .as(Group::new));
    }

    @Property(tries = 300)
    void everyExampleOnceAndNoPackTooLong(
            @ForAll("groups") Group group, @ForAll PackingMethod method, @ForAll boolean last) {
        Packing packing = Packers.of(method).pack(group.lengths(), group.maxLength(), last);
        Packings.assertWhole(packing, group.lengths(), group.maxLength(), last);
        assertThat(Packers.of(method)
                        .pack(group.lengths(), group.maxLength(), last)
                        .packOf())
                .isEqualTo(packing.packOf());
    }

    @Property(tries = 300)
    void bestFitDecreasingIsWhatItsDefinitionSays(@ForAll("groups") Group group) {
        assertThat(Packings.members(
                        Packers.of(PackingMethod.BEST_FIT_DECREASING).pack(group.lengths(), group.maxLength(), true)))
                .isEqualTo(byDefinition(group));
    }

    /** Two packs that are at most half full would have become one. */
    @Property(tries = 300)
    void bestFitDecreasingLeavesAtMostOnePackHalfEmpty(@ForAll("groups") Group group) {
        Packing packing = Packers.of(PackingMethod.BEST_FIT_DECREASING).pack(group.lengths(), group.maxLength(), true);
        assertThat(Packings.members(packing).stream()
                        .filter(pack -> 2
                                        * pack.stream()
                                                .mapToInt(index -> group.lengths()[index])
                                                .sum()
                                <= group.maxLength()))
                .hasSizeLessThanOrEqualTo(1);
    }

    /** Sorting and a tree in place of counting and bits. */
    private static List<List<Integer>> byDefinition(Group group) {
        TreeMap<Integer, ArrayDeque<List<Integer>>> byRoom = new TreeMap<>();
        List<List<Integer>> packs = new ArrayList<>();
        List<Integer> longestFirst = new ArrayList<>();
        for (int index = 0; index < group.lengths().length; index++) {
            longestFirst.add(index);
        }
        longestFirst.sort((a, b) -> Integer.compare(group.lengths()[b], group.lengths()[a]));
        for (int index : longestFirst) {
            int length = group.lengths()[index];
            Map.Entry<Integer, ArrayDeque<List<Integer>>> best = byRoom.ceilingEntry(length);
            int room = best == null ? group.maxLength() : best.getKey();
            List<Integer> pack;
            if (best == null) {
                pack = new ArrayList<>();
                packs.add(pack);
            } else {
                pack = best.getValue().removeFirst();
                if (best.getValue().isEmpty()) {
                    byRoom.remove(room);
                }
            }
            pack.add(index);
            byRoom.computeIfAbsent(room - length, any -> new ArrayDeque<>()).addLast(pack);
        }
        packs.forEach(pack -> pack.sort(null));
        return packs;
    }
}
