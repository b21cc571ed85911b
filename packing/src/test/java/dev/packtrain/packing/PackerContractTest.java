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
        assertThat(packer().pack(new int[0], 8, true).numPacks()).isZero();
        assertThat(packer().pack(new int[0], 8, false).numPacks()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 63, 64, 65, 4095, 4096, 4097})
    void oneExampleOfAnyLengthUpToTheCapacityGivesOnePack(int maxLength) {
        for (int length : new int[] {1, maxLength - 1, maxLength}) {
            if (length >= 1) {
                Packing packing = packer().pack(new int[] {length}, maxLength, true);
                assertThat(packing.numPacks()).isOne();
                assertThat(packing.packOf()).containsExactly(0);
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
            assertPacksWhole(lengths.stream().mapToInt(Integer::intValue).toArray(), maxLength);
        }
    }

    @Test
    void equalLengthsArePackedWhole() {
        for (int length = 1; length <= 65; length++) {
            int[] lengths = new int[50];
            Arrays.fill(lengths, length);
            assertPacksWhole(lengths, 65);
        }
    }

    @Test
    void anExampleOfOneTokenTooManyOrOfNoneIsRefused() {
        assertThatThrownBy(() -> packer().pack(new int[] {3, 9}, 8, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("example 1 of the group has 9 tokens; a pack holds 1 to max_length = 8");
        assertThatThrownBy(() -> packer().pack(new int[] {3, 8, 0}, 8, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("example 2 of the group has 0 tokens; a pack holds 1 to max_length = 8");
    }

    @Test
    void aCapacityBelowOneIsRefused() {
        assertThatThrownBy(() -> packer().pack(new int[0], 0, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("max_length is 0; wanted at least 1");
    }

    @Test
    void theLengthsAreNotChanged() {
        int[] lengths = new Random(3).ints(100, 1, 65).toArray();
        int[] before = lengths.clone();
        packer().pack(lengths, 64, true);
        packer().pack(lengths, 64, false);
        assertThat(lengths).isEqualTo(before);
    }

    final void assertPacksWhole(int[] lengths, int maxLength) {
        Packings.assertWhole(packer().pack(lengths, maxLength, true), lengths, maxLength, true);
        Packings.assertWhole(packer().pack(lengths, maxLength, false), lengths, maxLength, false);
        assertThat(packer().pack(lengths, maxLength, true).packOf())
                .as("the same group again")
                .isEqualTo(packer().pack(lengths, maxLength, true).packOf());
    }
}
