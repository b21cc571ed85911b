package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NextFitPackerTest extends PackerContractTest {
    @Override
    Packer packer() {
        return Packers.of(PackingMethod.NEXT_FIT);
    }

    @Test
    void aClosedPackStaysClosed() {
        List<TokenizedExample> e = Examples.ofLengths(4, 4, 1, 8, 2);
        assertThat(packer().pack(e, 8))
                .containsExactly(
                        new Pack(List.of(e.get(0), e.get(1))),
                        new Pack(List.of(e.get(2))),
                        new Pack(List.of(e.get(3))),
                        new Pack(List.of(e.get(4))));
    }

    @Test
    void neighboursTogetherExceedTheCapacity() {
        List<Pack> packs = packer().pack(Examples.random(new Random(4), 500, 100), 128);
        for (int pack = 1; pack < packs.size(); pack++) {
            int first = packs.get(pack).examples().get(0).length();
            assertThat(packs.get(pack - 1).numTokens() + first).isGreaterThan(128);
        }
    }

    @Test
    void inputOrderIsKept() {
        List<TokenizedExample> group = Examples.random(new Random(5), 200, 50);
        assertThat(packer().pack(group, 64).stream().flatMap(pack -> pack.examples().stream()))
                .containsExactlyElementsOf(group);
    }
}
