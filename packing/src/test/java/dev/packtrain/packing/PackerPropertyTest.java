package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
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
    record Group(List<TokenizedExample> examples, int maxLength) {}

    /** Capacities over three words of the bit set's summary; lengths near its edges more often than others. */
    @Provide
    Arbitrary<Group> groups() {
        return Arbitraries.integers()
                .between(1, 9000)
                .edgeCases(config -> config.add(1, 2, 63, 64, 65, 4095, 4096, 4097, 9000))
                .flatMap(maxLength -> Combinators.combine(
                                Arbitraries.integers()
                                        .between(1, maxLength)
                                        .list()
                                        .ofMaxSize(120),
                                Arbitraries.just(maxLength))
                        .as((lengths, capacity) -> new Group(
                                Examples.ofLengths(lengths.stream()
                                        .mapToInt(Integer::intValue)
                                        .toArray()),
                                capacity)));
    }

    @Property(tries = 300)
    void everyExampleOnceAndNoPackTooLong(@ForAll("groups") Group group, @ForAll PackingMethod method) {
        List<Pack> packs = Packers.of(method).pack(group.examples(), group.maxLength());
        assertThat(packs).allSatisfy(pack -> assertThat(pack.numTokens()).isLessThanOrEqualTo(group.maxLength()));
        assertThat(packs.stream().flatMap(pack -> pack.examples().stream()))
                .containsExactlyInAnyOrderElementsOf(group.examples());
        assertThat(Packers.of(method).pack(group.examples(), group.maxLength())).isEqualTo(packs);
    }

    @Property(tries = 300)
    void bestFitDecreasingIsWhatItsDefinitionSays(@ForAll("groups") Group group) {
        assertThat(Packers.of(PackingMethod.BEST_FIT_DECREASING).pack(group.examples(), group.maxLength()))
                .containsExactlyInAnyOrderElementsOf(byDefinition(group));
    }

    /** Two packs that are at most half full would have become one. */
    @Property(tries = 300)
    void bestFitDecreasingLeavesAtMostOnePackHalfEmpty(@ForAll("groups") Group group) {
        assertThat(Packers.of(PackingMethod.BEST_FIT_DECREASING).pack(group.examples(), group.maxLength()).stream()
                        .filter(pack -> 2 * pack.numTokens() <= group.maxLength()))
                .hasSizeLessThanOrEqualTo(1);
    }

    /** Sorting and a tree in place of counting and bits. */
    private static List<Pack> byDefinition(Group group) {
        TreeMap<Integer, ArrayDeque<List<TokenizedExample>>> byRoom = new TreeMap<>();
        List<List<TokenizedExample>> packs = new ArrayList<>();
        List<TokenizedExample> longestFirst = new ArrayList<>(group.examples());
        longestFirst.sort(Comparator.comparingInt(TokenizedExample::length).reversed());
        for (TokenizedExample example : longestFirst) {
            Map.Entry<Integer, ArrayDeque<List<TokenizedExample>>> best = byRoom.ceilingEntry(example.length());
            int room = best == null ? group.maxLength() : best.getKey();
            List<TokenizedExample> pack;
            if (best == null) {
                pack = new ArrayList<>();
                packs.add(pack);
            } else {
                pack = best.getValue().removeFirst();
                if (best.getValue().isEmpty()) {
                    byRoom.remove(room);
                }
            }
            pack.add(example);
            byRoom.computeIfAbsent(room - example.length(), any -> new ArrayDeque<>())
                    .addLast(pack);
        }
        Map<TokenizedExample, Integer> order = new HashMap<>();
        group.examples().forEach(example -> order.put(example, order.size()));
        packs.forEach(pack -> pack.sort(Comparator.comparingInt(order::get)));
        return packs.stream().map(Pack::new).toList();
    }
}
