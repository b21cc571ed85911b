package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OnePerPackPackerTest extends PackerContractTest {
    @Override
    Packer packer() {
        return Packers.of(PackingMethod.NONE);
    }

    @Test
    void everyExampleStandsAloneInInputOrder() {
        List<TokenizedExample> group = Examples.random(new Random(1), 20, 16);
        assertThat(packer().pack(group, 16))
                .isEqualTo(group.stream()
                        .map(example -> new Pack(List.of(example)))
                        .toList());
    }
}
