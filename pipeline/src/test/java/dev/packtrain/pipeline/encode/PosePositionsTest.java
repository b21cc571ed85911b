package dev.packtrain.pipeline.encode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import org.junit.jupiter.api.Test;

class PosePositionsTest {
    private static final int SCALED = 64;
    private static final int LENGTH = 10;

    private final PosePositions positions = new PosePositions(SCALED, 42);

    @Test
    void positionsRiseByOneButForOneJump() {
        BitSet firstLengths = new BitSet();
        BitSet gaps = new BitSet();
        for (long id = 0; id < 2_000; id++) {
            int[] got = positions.of(id, 0, LENGTH);
            assertThat(got).hasSize(LENGTH).startsWith(0);
            assertThat(got[LENGTH - 1]).isBetween(LENGTH - 1, SCALED - 1);
            int jumps = 0;
            for (int i = 1; i < LENGTH; i++) {
                int step = got[i] - got[i - 1];
                assertThat(step).isPositive();
                if (step > 1) {
                    jumps++;
                    firstLengths.set(i);
                    gaps.set(step - 1);
                }
            }
            assertThat(jumps).isLessThanOrEqualTo(1);
        }
        // Every length of the first chunk and every gap occurs.
        assertThat(firstLengths.stream()).containsExactly(1, 2, 3, 4, 5);
        assertThat(gaps.cardinality()).isEqualTo(SCALED - LENGTH);
    }

    @Test
    void theyDependOnSeedRowAndPieceAlone() {
        assertThat(positions.of(7, 0, LENGTH)).isEqualTo(new PosePositions(SCALED, 42).of(7, 0, LENGTH));
        assertThat(positions.of(7, 0, LENGTH)).isNotEqualTo(positions.of(8, 0, LENGTH));
        assertThat(positions.of(7, 0, LENGTH)).isNotEqualTo(positions.of(7, 1, LENGTH));
        assertThat(positions.of(7, 0, LENGTH)).isNotEqualTo(new PosePositions(SCALED, 43).of(7, 0, LENGTH));
    }

    @Test
    void anExampleThatFillsTheScaledLengthHasNoGap() {
        assertThat(new PosePositions(3, 1).of(0, 0, 3)).containsExactly(0, 1, 2);
        assertThat(new PosePositions(9, 1).of(0, 0, 1)).containsExactly(0);
    }
}
