package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OnePerPackPackerTest extends PackerContractTest {
    @Override
    Packer packer() {
        return Packers.of(PackingMethod.NONE);
    }

    @Test
    void everyExampleStandsAloneInInputOrder() {
        assertThat(packer().pack(new int[] {3, 1, 16, 1}, 16, true).packOf()).containsExactly(0, 1, 2, 3);
    }
}
