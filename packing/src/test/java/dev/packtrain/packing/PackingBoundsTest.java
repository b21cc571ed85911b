package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PackingBoundsTest {
    @Test
    void tokensNeedTheirRoom() {
        assertThat(PackingBounds.material(new int[] {4, 4, 3}, 10)).isEqualTo(2);
        assertThat(PackingBounds.material(new int[0], 10)).isZero();
        assertThat(PackingBounds.l2(new int[0], 10)).isZero();
    }

    @Test
    void longExamplesShareNoPack() {
        assertThat(PackingBounds.material(new int[] {6, 6, 6}, 10)).isEqualTo(2);
        assertThat(PackingBounds.l2(new int[] {6, 6, 6}, 10)).isEqualTo(3);
        // Without the 1s, the room of 3 beside each 7 serves no 4, so two of them need a pack more.
        assertThat(PackingBounds.l2(new int[] {7, 7, 4, 4}, 10)).isEqualTo(3);
    }

    /** Every small set of lengths, packed in every way. */
    @Test
    void isNeverAboveTheOptimum() {
        Random random = new Random(1);
        for (int round = 0; round < 500; round++) {
            int maxLength = 1 + random.nextInt(20);
            int[] lengths = random.ints(1 + random.nextInt(7), 1, maxLength + 1).toArray();
            long l2 = PackingBounds.l2(lengths, maxLength);
            assertThat(l2).isGreaterThanOrEqualTo(PackingBounds.material(lengths, maxLength));
            assertThat(l2).isLessThanOrEqualTo(optimum(lengths, 0, new int[lengths.length], 0, maxLength));
        }
    }

    @ParameterizedTest
    @EnumSource
    void noMethodIsBelow(PackingMethod method) {
        int[] lengths = new Random(2).ints(2_000, 1, 101).toArray();
        assertThat((long) Packers.of(method).pack(lengths, 100, true).numPacks())
                .isGreaterThanOrEqualTo(PackingBounds.l2(lengths, 100));
    }

    private static int optimum(int[] lengths, int index, int[] filled, int numPacks, int maxLength) {
        if (index == lengths.length) {
            return numPacks;
        }
        int best = Integer.MAX_VALUE;
        for (int pack = 0; pack <= numPacks; pack++) {
            if (filled[pack] + lengths[index] <= maxLength) {
                filled[pack] += lengths[index];
                best = Math.min(best, optimum(lengths, index + 1, filled, Math.max(numPacks, pack + 1), maxLength));
                filled[pack] -= lengths[index];
            }
        }
        return best;
    }
}
