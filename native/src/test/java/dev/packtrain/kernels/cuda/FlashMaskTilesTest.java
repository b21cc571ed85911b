package dev.packtrain.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.kernels.FlashMasks;
import dev.packtrain.kernels.TilePlan;
import dev.packtrain.kernels.cuda.FlashMaskTiles.Section;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FlashMaskTilesTest {
    static FlashMask[] masks() {
        int[] starts = IntStream.range(0, 200).map(key -> 300 - key).toArray();
        int[] ends =
                IntStream.range(0, 200).map(key -> Math.min(300, 310 - key)).toArray();
        int[] upper = IntStream.range(0, 200).map(key -> key / 2).toArray();
        return new FlashMask[] {
            FlashMasks.causalDocument(new int[] {0, 100, 101, 333}),
            FlashMask.causal(200, IntStream.range(0, 200).map(key -> 200).toArray()),
            FlashMask.bidirectional(300, starts, ends, new int[200], upper)
        };
    }

    @ParameterizedTest
    @MethodSource("masks")
    void hiddenRowsAreThoseOfTheMaskAndPaddingIsSeenByNobody(FlashMask mask) {
        FlashMaskTiles tiles = FlashMaskTiles.of(mask);
        int[] words = section(tiles, Section.HIDDEN, Section.ROW_STARTS);
        assertThat(words.length % (4 * FlashMaskTiles.BLOCK_KEYS)).isZero();
        for (int key = 0; key < words.length / 4; key++) {
            for (int row = 0; row < tiles.numPaddedRows(); row++) {
                boolean hidden = (words[4 * key] <= row && row < words[4 * key + 1])
                        || (words[4 * key + 2] <= row && row < words[4 * key + 3]);
                if (key >= mask.numKeys()) {
                    assertThat(hidden).isTrue();
                } else if (row < mask.numRows()) {
                    assertThat(hidden).isEqualTo(!mask.visible(row, key));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("masks")
    void tilesAreThoseOfThePlanAndBlocksWithTheMostOfThemComeFirst(FlashMask mask) {
        FlashMaskTiles tiles = FlashMaskTiles.of(mask);
        TilePlan plan = TilePlan.of(mask, 128, 64);
        assertThat(section(tiles, Section.ROW_STARTS, Section.ROW_TILES))
                .isEqualTo(plan.byRow().starts());
        assertThat(section(tiles, Section.ROW_TILES, Section.KEY_STARTS))
                .isEqualTo(plan.byRow().tiles());
        assertThat(section(tiles, Section.KEY_STARTS, Section.KEY_TILES))
                .isEqualTo(plan.byKey().starts());
        assertThat(section(tiles, Section.KEY_TILES, Section.ROW_ORDER))
                .isEqualTo(plan.byKey().tiles());
        assertOrder(section(tiles, Section.ROW_ORDER, Section.KEY_ORDER), plan.byRow());
        int[] words = tiles.words();
        int keyOrder = (int) (tiles.address(0, Section.KEY_ORDER) / 4);
        assertOrder(Arrays.copyOfRange(words, keyOrder, words.length), plan.byKey());
    }

    private static void assertOrder(int[] order, TilePlan.Lists lists) {
        int[] sizes = Arrays.stream(order)
                .map(block -> lists.starts()[block + 1] - lists.starts()[block])
                .toArray();
        assertThat(order)
                .containsExactlyInAnyOrder(IntStream.range(0, lists.size()).toArray());
        for (int i = 1; i < sizes.length; i++) {
            assertThat(sizes[i]).isLessThanOrEqualTo(sizes[i - 1]);
        }
    }

    private static int[] section(FlashMaskTiles tiles, Section section, Section next) {
        int from = (int) (tiles.address(0, section) / 4);
        return Arrays.copyOfRange(tiles.words(), from, (int) (tiles.address(0, next) / 4));
    }
}
