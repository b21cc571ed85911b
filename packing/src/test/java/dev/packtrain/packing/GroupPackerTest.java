package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GroupPackerTest {
    /** Tokens without content: what stands in the packs does not matter here. */
    private static List<TokenizedExample> group(Random random, int numExamples, int maxLength) {
        List<TokenizedExample> group = new ArrayList<>();
        for (int id = 0; id < numExamples; id++) {
            int[] tokens = new int[1 + random.nextInt(maxLength)];
            group.add(new TokenizedExample(id, tokens, tokens));
        }
        return group;
    }

    @ParameterizedTest
    @EnumSource
    void everyExampleIsInOnePackOrCarried(PackingMethod method) {
        List<TokenizedExample> group = group(new Random(1), 2_000, 500);
        for (boolean last : new boolean[] {false, true}) {
            PackedGroup packed = GroupPacker.of(method, 500, 7).pack(group, 3, last);
            List<TokenizedExample> all = new ArrayList<>(packed.carried());
            for (Pack pack : packed.packs()) {
                assertThat(pack.numTokens()).isLessThanOrEqualTo(500);
                assertThat(pack.examples()).isSortedAccordingTo((a, b) -> Long.compare(a.id(), b.id()));
                all.addAll(pack.examples());
            }
            assertThat(all).containsExactlyInAnyOrderElementsOf(group);
            assertThat(packed.carried()).isSortedAccordingTo((a, b) -> Long.compare(a.id(), b.id()));
            if (last) {
                assertThat(packed.carried()).isEmpty();
            }
        }
    }

    @Test
    void anEmptyGroupGivesNothing() {
        assertThat(GroupPacker.of(PackingMethod.BEST_FIT_DECREASING, 8, 0).pack(List.of(), 0, false))
                .isEqualTo(new PackedGroup(List.of(), List.of()));
    }

    @Test
    void theOrderOfPacksIsAPureFunctionOfSeedAndGroup() {
        List<TokenizedExample> group = group(new Random(2), 300, 64);
        assertThat(ids(group, 5, 9)).isEqualTo(ids(group, 5, 9));
        assertThat(ids(group, 5, 9))
                .isNotEqualTo(ids(group, 6, 9))
                .containsExactlyInAnyOrderElementsOf(ids(group, 6, 9));
        assertThat(ids(group, 5, 9))
                .isNotEqualTo(ids(group, 5, 8))
                .containsExactlyInAnyOrderElementsOf(ids(group, 5, 8));
    }

    /** The permutation is part of a data set's bytes. */
    @Test
    void theOrderStaysAsItIs() {
        assertThat(PackOrder.shuffled(10, 42, 0)).containsExactly(2, 3, 6, 5, 0, 4, 7, 1, 8, 9);
        assertThat(PackOrder.shuffled(0, 42, 0)).isEmpty();
    }

    @Test
    void everyPlaceIsAboutEquallyLikely() {
        int[] hits = new int[5 * 5];
        LongStream.range(0, 10_000).forEach(number -> {
            int[] order = PackOrder.shuffled(5, 42, number);
            for (int pack = 0; pack < 5; pack++) {
                hits[5 * pack + order[pack]]++;
            }
        });
        assertThat(Arrays.stream(hits).boxed())
                .allSatisfy(count -> assertThat(count).isBetween(1_800, 2_200));
    }

    /**
     * For every length, the share of a pack's tokens that are in examples of at most that length, averaged over 1,000
     * consecutive packs, is at most 0.08 from the average over the whole group (Kolmogorov and Smirnov's
     * distance with a pack as the unit). By Dvoretzky, Kiefer, Wolfowitz and Massart, 1,000 packs drawn at random pass that in
     * at most one of 180,000 draws even if each pack held examples of one length only.
     */
    @ParameterizedTest
    @EnumSource
    void anyThousandConsecutivePacksHaveTheWholesLengths(PackingMethod method) {
        int maxLength = 512;
        List<TokenizedExample> group = new ArrayList<>();
        Random random = new Random(8);
        for (int id = 0; id < 16_384; id++) {
            double length = Math.exp(4.5 + 0.8 * random.nextGaussian());
            int[] tokens = new int[(int) Math.max(1, Math.min(maxLength, length))];
            group.add(new TokenizedExample(id, tokens, tokens));
        }
        List<Pack> packs =
                GroupPacker.of(method, maxLength, 42).pack(group, 0, true).packs();
        double[] whole = distribution(packs, maxLength);
        double worst = 0;
        for (int from = 0; from + 1_000 <= packs.size(); from += 50) {
            double[] window = distribution(packs.subList(from, from + 1_000), maxLength);
            for (int length = 1; length <= maxLength; length++) {
                worst = Math.max(worst, Math.abs(window[length] - whole[length]));
            }
        }
        assertThat(worst).isBetween(1e-9, 0.08);
    }

    /** Share of a pack's tokens that are in examples of at most each length, averaged over the packs. */
    private static double[] distribution(List<Pack> packs, int maxLength) {
        double[] share = new double[maxLength + 1];
        for (Pack pack : packs) {
            double one = 1.0 / packs.size() / pack.numTokens();
            pack.examples().forEach(example -> share[example.length()] += one * example.length());
        }
        for (int length = 1; length <= maxLength; length++) {
            share[length] += share[length - 1];
        }
        return share;
    }

    @Test
    void anExampleOfOneTokenTooManyAndABadCapacityAreRefused() {
        assertThatThrownBy(() -> GroupPacker.of(PackingMethod.NEXT_FIT, 8, 0).pack(Examples.ofLengths(3, 9), 0, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("example 1 of the group has 9 tokens");
        assertThatThrownBy(() -> GroupPacker.of(PackingMethod.NEXT_FIT, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("max_length is 0; wanted at least 1");
    }

    private static List<Long> ids(List<TokenizedExample> group, long seed, long number) {
        return GroupPacker.of(PackingMethod.NEXT_FIT, 64, seed).pack(group, number, true).packs().stream()
                .map(pack -> pack.examples().get(0).id())
                .toList();
    }
}
