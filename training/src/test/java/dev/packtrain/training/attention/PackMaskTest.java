package dev.packtrain.training.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.kernels.FlashMasks;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.PreferenceColumns;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class PackMaskTest {
    /** Documents of 4 and 3 tokens and two slots of padding. */
    private static PackedSequence pack(PreferenceColumns preference) {
        return new PackedSequence(
                new int[9], new int[9], new int[9], new int[] {0, 4, 7}, new long[] {11, 12}, preference);
    }

    private static PackedSequence preferences() {
        // Question of 2 tokens and answers of 1 and 1; question of 1 and answers of 1 and 1.
        int[] startRowIndices = {4, 4, 3, 4, 7, 6, 7, 7, 8};
        return pack(new PreferenceColumns(startRowIndices, new int[] {2, 5}, new int[] {3, 6}));
    }

    @Test
    void sequencesAreCausalDocumentsWithoutThePadding() {
        FlashMask mask = PackMask.of(pack(null), OptionalInt.empty());
        assertThat(mask).isEqualTo(FlashMasks.causalDocument(new int[] {0, 4, 7}));
    }

    @Test
    void aSlidingWindowLimitsTheKeysInsideDocuments() {
        FlashMask mask = PackMask.of(pack(null), OptionalInt.of(2));
        assertThat(mask).isEqualTo(FlashMasks.slidingWindowCausalDocument(new int[] {0, 4, 7}, 2));
        assertThat(PackMask.of(pack(null), OptionalInt.of(4)))
                .as("no document is longer than the window")
                .isEqualTo(FlashMasks.causalDocument(new int[] {0, 4, 7}));
    }

    @Test
    void preferencesShareTheirQuestion() {
        FlashMask expected = FlashMasks.sharedQuestion(new int[][] {{2, 1, 1}, {1, 1, 1}});
        assertThat(PackMask.of(preferences(), OptionalInt.empty())).isEqualTo(expected);
        assertThat(PackMask.of(preferences(), OptionalInt.of(4))).isEqualTo(expected);
    }

    @Test
    void preferencesLongerThanAWindowAreRefused() {
        assertThatThrownBy(() -> PackMask.of(preferences(), OptionalInt.of(3)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("Example 11 has 4 tokens")
                .hasMessageContaining("sliding_window is 3");
    }
}
