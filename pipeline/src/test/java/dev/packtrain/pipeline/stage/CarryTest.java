package dev.packtrain.pipeline.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.TokenizedExample;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CarryTest {
    private static final int IGNORE = TokenizedExample.IGNORE_INDEX;

    private static CarriedFile file(int number, int examples, long tokens) {
        return new CarriedFile("file-" + number, examples, tokens);
    }

    private static List<CarriedFile> files(int numFiles, int examples) {
        return IntStream.range(0, numFiles)
                .mapToObj(number -> file(number, examples, 10L * examples))
                .toList();
    }

    @Test
    void examplesSurviveTheFile() throws IOException {
        List<TokenizedExample> examples = List.of(
                new TokenizedExample(5_000_000_000L, new int[] {0, 127, 128, 1 << 20}, new int[] {IGNORE, 7, 128, 0}),
                new TokenizedExample(1, new int[] {3}, new int[] {IGNORE}),
                new TokenizedExample(2, new int[] {4, 5, 6}, new int[] {IGNORE, 5, 6}, new int[] {0, 9, 300}),
                TokenizedExample.preference(3, new int[] {1, 2}, new int[] {3, 4}, new int[] {5}));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CarriedFile.write(bytes, examples);
        List<TokenizedExample> read = new ArrayList<>();
        CarriedFile.read(new ByteArrayInputStream(bytes.toByteArray()), 0, examples.size(), read);
        assertThat(read).usingRecursiveComparison().isEqualTo(examples);
        List<TokenizedExample> some = new ArrayList<>();
        CarriedFile.read(new ByteArrayInputStream(bytes.toByteArray()), 1, 3, some);
        assertThat(some).usingRecursiveComparison().isEqualTo(examples.subList(1, 3));

        ByteArrayInputStream half = new ByteArrayInputStream(bytes.toByteArray(), 0, bytes.size() - 1);
        assertThatThrownBy(() -> CarriedFile.read(half, 0, examples.size(), new ArrayList<>()))
                .isInstanceOf(EOFException.class);
        TokenizedExample odd = new TokenizedExample(9, new int[] {1, 2}, new int[] {IGNORE, -1});
        assertThatThrownBy(() -> CarriedFile.write(new ByteArrayOutputStream(), List.of(odd)))
                .hasMessageContaining("example 9 has the label -1");
    }

    @Test
    void consecutiveExamplesFillTheGroupsOfTheNextLevel() {
        List<CarriedFile> carried = new ArrayList<>(files(10, 30));
        carried.set(4, null);
        List<CarryLevel.CarryGroup> groups = CarryLevel.above(carried, 10, 100).groups();
        assertThat(groups).extracting(CarryLevel.CarryGroup::number).containsExactly(10, 11, 12);
        assertThat(groups).noneMatch(CarryLevel.CarryGroup::last);
        assertThat(groups.get(1).parts())
                .containsExactly(
                        new CarryLevel.Part(carried.get(3), 0, 30),
                        new CarryLevel.Part(carried.get(5), 0, 30),
                        new CarryLevel.Part(carried.get(6), 0, 30));
    }

    @Test
    void groupsOfLongExamplesHaveFewerOfThem() {
        List<CarriedFile> carried = List.of(file(0, 8, CarryLevel.MAX_TOKENS), file(1, 8, CarryLevel.MAX_TOKENS));
        assertThat(CarryLevel.above(carried, 0, 100).groups())
                .extracting(CarryLevel.CarryGroup::parts)
                .containsExactly(
                        List.of(new CarryLevel.Part(carried.get(0), 0, 8)),
                        List.of(new CarryLevel.Part(carried.get(1), 0, 8)));
    }

    @Test
    void theTreeEndsInOneGroupOrWhereItNoLongerShrinks() {
        assertThat(CarryLevel.above(Collections.singletonList(null), 1, 100).groups())
                .isEmpty();
        assertThat(CarryLevel.above(files(3, 30), 3, 100).groups())
                .singleElement()
                .satisfies(group -> assertThat(group.last()).isTrue());
        // Every group carried all it had: a further level would be the same again.
        assertThat(CarryLevel.above(files(7, 100), 7, 100).groups()).hasSize(7).allMatch(CarryLevel.CarryGroup::last);
    }
}
