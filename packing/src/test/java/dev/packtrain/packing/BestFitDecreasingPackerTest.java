package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BestFitDecreasingPackerTest extends PackerContractTest {
    @Override
    Packer packer() {
        return Packers.of(PackingMethod.BEST_FIT_DECREASING);
    }

    @Test
    void theFullestPackThatFitsIsTaken() {
        // 7 and 6 open packs with room 3 and 4; 5 opens a third; 3 goes to the 7, not to the 6 or the 5.
        List<TokenizedExample> e = Examples.ofLengths(3, 6, 5, 7);
        assertThat(packer().pack(e, 10))
                .containsExactly(
                        new Pack(List.of(e.get(1))),
                        new Pack(List.of(e.get(2))),
                        new Pack(List.of(e.get(0), e.get(3))));
    }

    @Test
    void ofEqualLengthsAndEqualRoomsTheEarlierComesFirst() {
        List<TokenizedExample> e = Examples.ofLengths(4, 4, 6, 6);
        assertThat(packer().pack(e, 10))
                .containsExactly(new Pack(List.of(e.get(0), e.get(2))), new Pack(List.of(e.get(1), e.get(3))));
    }

    @Test
    void packsComeByTheIdOfTheirLongestExample() {
        List<TokenizedExample> e = Examples.ofLengths(2, 3, 9, 8, 7);
        assertThat(packer().pack(e, 10))
                .containsExactly(
                        new Pack(List.of(e.get(2))),
                        new Pack(List.of(e.get(0), e.get(3))),
                        new Pack(List.of(e.get(1), e.get(4))));
    }

    @Test
    void theOrderOfPacksDoesNotFollowLengths() {
        List<Pack> packs = packer().pack(Examples.random(new Random(8), 12_000, 500), 2048);
        int third = packs.size() / 3;
        assertThat(documentsPerPack(packs.subList(0, third)))
                .isCloseTo(documentsPerPack(packs.subList(packs.size() - third, packs.size())), withinPercentage(20));
    }

    /** Packs filled to the last token by cutting each into pieces: the optimum is known. */
    @Test
    void staysWithinJohnsonsBoundOfTheOptimum() {
        int maxLength = 512;
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            int optimum = 200;
            List<Integer> pieces = new ArrayList<>();
            for (int pack = 0; pack < optimum; pack++) {
                for (int room = maxLength; room > 0; room -= pieces.get(pieces.size() - 1)) {
                    pieces.add(Math.min(room, 1 + random.nextInt(maxLength / 2)));
                }
            }
            Collections.shuffle(pieces, random);
            List<TokenizedExample> group = Examples.ofLengths(
                    pieces.stream().mapToInt(Integer::intValue).toArray());
            assertThat((double) packer().pack(group, maxLength).size()).isLessThanOrEqualTo(11.0 / 9 * optimum + 4);
        }
    }

    /** Not a law (a lucky order can serve next-fit better), but what these lengths must show. */
    @Test
    void needsFewerPacksThanNextFitOnSkewedLengths() {
        int maxLength = 1024;
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            List<TokenizedExample> group = Examples.ofLengths(random.doubles(1000)
                    .mapToInt(u -> 1 + (int) (u * u * u * (maxLength - 1)))
                    .toArray());
            int tokens = group.stream().mapToInt(TokenizedExample::length).sum();
            int bound = (tokens + maxLength - 1) / maxLength;
            int nextFit =
                    Packers.of(PackingMethod.NEXT_FIT).pack(group, maxLength).size();
            assertThat(packer().pack(group, maxLength).size())
                    .isBetween(bound, Math.min(nextFit - 1, (int) (1.02 * bound) + 1));
        }
    }

    private static double documentsPerPack(List<Pack> packs) {
        return packs.stream().mapToInt(pack -> pack.examples().size()).average().orElseThrow();
    }
}
