package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
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
        assertThat(packer().pack(new int[] {3, 6, 5, 7}, 10, true).packOf()).containsExactly(0, 1, 2, 0);
    }

    @Test
    void ofEqualLengthsAndEqualRoomsTheEarlierComesFirst() {
        assertThat(packer().pack(new int[] {4, 4, 6, 6}, 10, true).packOf()).containsExactly(0, 1, 0, 1);
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
            int[] lengths = pieces.stream().mapToInt(Integer::intValue).toArray();
            assertThat((double) packer().pack(lengths, maxLength, true).numPacks())
                    .isLessThanOrEqualTo(11.0 / 9 * optimum + 4);
        }
    }

    /** Not a law (a lucky order can serve next-fit better), but what these lengths must show. */
    @Test
    void needsFewerPacksThanNextFitOnSkewedLengths() {
        int maxLength = 1024;
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            int[] lengths = random.doubles(1000)
                    .mapToInt(u -> 1 + (int) (u * u * u * (maxLength - 1)))
                    .toArray();
            int tokens = Arrays.stream(lengths).sum();
            int bound = (tokens + maxLength - 1) / maxLength;
            int nextFit = Packers.of(PackingMethod.NEXT_FIT)
                    .pack(lengths, maxLength, true)
                    .numPacks();
            assertThat(packer().pack(lengths, maxLength, true).numPacks())
                    .isBetween(bound, Math.min(nextFit - 1, (int) (1.02 * bound) + 1));
        }
    }
}
