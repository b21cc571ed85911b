package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link Packer} promises. */
abstract class PackerContractTest {
    abstract Packer packer();

    @Test
    void anEmptyGroupGivesNoPacks() {
        assertThat(packer().pack(List.of(), 8)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 63, 64, 65, 4095, 4096, 4097})
    void oneExampleOfAnyLengthUpToTheCapacityGivesOnePack(int maxLength) {
        for (int length : new int[] {1, maxLength - 1, maxLength}) {
            if (length >= 1) {
                List<TokenizedExample> group = Examples.ofLengths(length);
                assertThat(packer().pack(group, maxLength)).containsExactly(new Pack(group));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 63, 64, 65, 127, 128, 129, 4095, 4096, 4097, 8193})
    void groupsOfEdgeLengthsArePackedWhole(int maxLength) {
        List<Integer> lengths = new ArrayList<>();
        for (int power = 1; power <= maxLength; power *= 2) {
            Collections.addAll(lengths, power - 1, power, power + 1);
        }
        Collections.addAll(lengths, 1, maxLength - 1, maxLength);
        lengths.removeIf(length -> length < 1 || length > maxLength);
        lengths.addAll(List.copyOf(lengths));
        for (int seed = 0; seed < 5; seed++) {
            Collections.shuffle(lengths, new Random(seed));
            assertPacksWhole(
                    Examples.ofLengths(
                            lengths.stream().mapToInt(Integer::intValue).toArray()),
                    maxLength);
        }
    }

    @Test
    void equalLengthsArePackedWhole() {
        for (int length = 1; length <= 65; length++) {
            int[] lengths = new int[50];
            Arrays.fill(lengths, length);
            assertPacksWhole(Examples.ofLengths(lengths), 65);
        }
    }

    @Test
    void anExampleOfOneTokenTooManyIsRefused() {
        assertThatThrownBy(() -> packer().pack(Examples.ofLengths(3, 9), 8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("example 1 has 9 tokens; a pack holds at most max_length = 8");
    }

    @Test
    void aCapacityBelowOneIsRefused() {
        assertThatThrownBy(() -> packer().pack(List.of(), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("max_length is 0; wanted at least 1");
    }

    @Test
    void theGroupIsNotChanged() {
        List<TokenizedExample> group = new ArrayList<>(Examples.random(new Random(3), 100, 64));
        List<TokenizedExample> before = List.copyOf(group);
        packer().pack(group, 64);
        assertThat(group).isEqualTo(before);
    }

    final void assertPacksWhole(List<TokenizedExample> group, int maxLength) {
        List<Pack> packs = packer().pack(group, maxLength);
        assertThat(packs).allSatisfy(pack -> assertThat(pack.numTokens()).isLessThanOrEqualTo(maxLength));
        assertThat(packs.stream().flatMap(pack -> pack.examples().stream()))
                .as("every example exactly once")
                .containsExactlyInAnyOrderElementsOf(group);
        assertThat(packer().pack(group, maxLength)).as("the same group again").isEqualTo(packs);
    }
}
