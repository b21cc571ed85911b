package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class NextFitPackerTest extends PackerContractTest {
    @Override
    Packer packer() {
        return Packers.of(PackingMethod.NEXT_FIT);
    }

    @Test
    void aClosedPackStaysClosed() {
        assertThat(packer().pack(new int[] {4, 4, 1, 8, 2}, 8, true).packOf()).containsExactly(0, 0, 1, 2, 3);
    }

    @Test
    void neighboursTogetherExceedTheCapacity() {
        int[] lengths = new Random(4).ints(500, 1, 101).toArray();
        int[] packOf = packer().pack(lengths, 128, true).packOf();
        int filled = 0;
        for (int index = 1; index < lengths.length; index++) {
            filled += lengths[index - 1];
            if (packOf[index] != packOf[index - 1]) {
                assertThat(filled + lengths[index]).isGreaterThan(128);
                filled = 0;
            }
        }
    }

    @Test
    void inputOrderIsKept() {
        assertThat(packer().pack(new Random(5).ints(200, 1, 51).toArray(), 64, true)
                        .packOf())
                .isSorted();
    }
}
