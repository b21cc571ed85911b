package dev.packtrain.training.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.packing.Pack;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.TokenizedExample;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FirstExamplesTest {
    private static final int MAX_LENGTH = 12;

    private static TokenizedExample example(long id, int... ids) {
        return new TokenizedExample(id, ids, ids);
    }

    private static final List<Pack> PACKS = List.of(
            new Pack(List.of(example(0, 1, 2, 3), example(1, 4, 5))),
            new Pack(List.of(example(2, 6, 7), example(3, 8, 9, 10), example(4, 11, 12))),
            new Pack(List.of(example(5, 13, 14))));

    private static final PackSource SOURCE = new PackSource() {
        @Override
        public int numPacks() {
            return PACKS.size();
        }

        @Override
        public PackedSequence get(int index) {
            return PackedSequence.of(PACKS.get(index), MAX_LENGTH);
        }
    };

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 100})
    void theyAreTheFirstAndThePackTheyEndInIsAsIfPackedWithoutTheOthers(int numExamples) {
        PackSource first = FirstExamples.of(SOURCE, numExamples);
        int wanted = Math.min(numExamples, 6);
        int seen = 0;
        for (int index = 0; index < first.numPacks(); index++) {
            List<TokenizedExample> examples = PACKS.get(index).examples();
            int here = Math.min(examples.size(), wanted - seen);
            assertThat(here).isPositive();
            PackedSequence expected = PackedSequence.of(new Pack(examples.subList(0, here)), MAX_LENGTH);
            assertThat(first.get(index)).usingRecursiveComparison().isEqualTo(expected);
            seen += here;
        }
        assertThat(seen).isEqualTo(wanted);
    }

    @Test
    void theSourceStaysAsItIs() {
        FirstExamples.of(SOURCE, 3).get(1);
        assertThat(IntStream.range(0, 3).map(i -> SOURCE.get(i).numDocuments()).toArray())
                .containsExactly(2, 3, 1);
    }
}
