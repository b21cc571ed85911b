package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class WorstFitPackerTest extends PackerContractTest {
    @Override
    Packer packer() {
        return Packers.of(PackingMethod.WORST_FIT);
    }

    /** By hand, from the rule: into the pack with most room, the first of equals; a new one if it does not fit there. */
    @Test
    void anExampleGoesIntoTheEmptiestPackOrOpensOne() {
        // 6 | 7 does not fit the 4: room 4, 3 | 3 → pack 0: 1, 3 | 4 opens pack 2: 1, 3, 6 | 2 → pack 2: 1, 3, 4
        // | 5 does not fit the 4: opens pack 3, rooms 1, 3, 4, 5 | 1 → pack 3: 1, 3, 4, 4 | 4 → pack 2, the first of
        // two.
        assertThat(packer().pack(new int[] {6, 7, 3, 4, 2, 5, 1, 4}, 10, true).packOf())
                .containsExactly(0, 1, 0, 2, 2, 3, 3, 2);
    }

    @Test
    void aFittingButFullerPackIsNotLookedFor() {
        // Best-fit would put the 3 beside the 7.
        assertThat(packer().pack(new int[] {7, 6, 3}, 10, true).packOf()).containsExactly(0, 1, 1);
    }

    @Test
    void everyBufferOfFiveHundredIsPackedByItself() {
        int[] lengths = new int[1_001];
        Arrays.fill(lengths, 3);
        int[] packOf = packer().pack(lengths, 1_000, true).packOf();
        assertThat(packOf[499]).isEqualTo(1);
        assertThat(packOf[500]).isEqualTo(2);
        assertThat(packOf[999]).isEqualTo(3);
        assertThat(packOf[1_000]).isEqualTo(4);
    }
}
