package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The plan against a look at every score of every tile. */
class TilePlanPropertyTest {
    @Property(tries = 400)
    void everyTileIsClassifiedByItsScores(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 40) int numRows,
            @ForAll @IntRange(min = 1, max = 40) int numKeys,
            @ForAll @IntRange(min = 1, max = 9) int blockRows,
            @ForAll @IntRange(min = 1, max = 9) int blockKeys) {
        FlashMask mask = random(new Random(seed), numRows, numKeys);
        assertThat(mask.numVisible()).isEqualTo(count(mask, 0, numRows, 0, numKeys));
        assertClassified(TilePlan.of(mask, blockRows, blockKeys));
    }

    @Example
    void masksOfPacksAreClassifiedToo() {
        int[] cuSeqlens = {0, 7, 8, 40, 41, 64, 100};
        for (FlashMask mask : List.of(
                FlashMasks.full(50),
                FlashMasks.causal(50),
                FlashMasks.causalDocument(cuSeqlens),
                FlashMasks.document(cuSeqlens),
                FlashMasks.slidingWindowCausalDocument(cuSeqlens, 5),
                FlashMasks.globalSlidingWindow(60, 3, 9),
                FlashMasks.causalBlockwise(cuSeqlens))) {
            assertClassified(TilePlan.of(mask, 16, 8));
            assertClassified(TilePlan.of(mask, 64, 64));
            assertClassified(TilePlan.of(mask, 1, Integer.MAX_VALUE));
            assertClassified(TilePlan.of(mask, Integer.MAX_VALUE, 3));
        }
    }

    @Example
    void documentsAtTileBordersVisitWhatTheyWouldVisitAlone() {
        int[] cuSeqlens = IntStream.rangeClosed(0, 16).map(d -> 128 * d).toArray();
        TilePlan plan = TilePlan.of(FlashMasks.causalDocument(cuSeqlens), 64, 64);
        assertThat(plan.numTiles()).isEqualTo(16 * 3);
        assertThat(plan.numPartialTiles()).isEqualTo(16 * 2);
        assertThat(plan.numAllTiles()).isEqualTo(32 * 32);
    }

    @Example
    void aLongPackTakesMemoryByItsTokensAndTiles() {
        int numTokens = 1 << 20;
        int[] cuSeqlens =
                IntStream.rangeClosed(0, numTokens / 256).map(d -> 256 * d).toArray();
        FlashMask mask = FlashMasks.causalDocument(cuSeqlens);
        assertThat(mask.numVisible()).isEqualTo(numTokens / 256 * (256L * 257 / 2));
        assertThat(TilePlan.of(mask, 128, 128).numTiles()).isEqualTo(numTokens / 256 * 3);
    }

    @Example
    void emptyTilesAreRefused() {
        assertThatThrownBy(() -> TilePlan.of(FlashMasks.full(2), 0, 4)).hasMessageContaining("0 rows by 4 keys");
        assertThatThrownBy(() -> TilePlan.of(FlashMasks.full(2), 4, 0)).hasMessageContaining("4 rows by 0 keys");
    }

    private static FlashMask random(Random random, int numRows, int numKeys) {
        int[][] bounds = new int[4][numKeys];
        // Neighbouring keys often share their intervals, as in real masks, so that whole tiles are hidden or visible.
        for (int key = 0; key < numKeys; key++) {
            boolean asBefore = key > 0 && random.nextInt(4) > 0;
            for (int interval = 0; interval < 4; interval += 2) {
                int a = random.nextInt(numRows + 1);
                int b = random.nextInt(numRows + 1);
                bounds[interval][key] = asBefore ? bounds[interval][key - 1] : Math.min(a, b);
                bounds[interval + 1][key] = asBefore ? bounds[interval + 1][key - 1] : Math.max(a, b);
            }
        }
        return random.nextBoolean()
                ? FlashMask.causal(numRows, bounds[0], bounds[1])
                : FlashMask.bidirectional(numRows, bounds[0], bounds[1], bounds[2], bounds[3]);
    }

    private static void assertClassified(TilePlan plan) {
        FlashMask mask = plan.mask();
        List<List<Integer>> byRow = new ArrayList<>();
        List<List<Integer>> byKey = new ArrayList<>();
        for (int j = 0; (long) j * plan.blockKeys() < mask.numKeys(); j++) {
            byKey.add(new ArrayList<>());
        }
        for (int i = 0; (long) i * plan.blockRows() < mask.numRows(); i++) {
            byRow.add(new ArrayList<>());
            int row = i * plan.blockRows();
            int endRow = (int) Math.min((long) row + plan.blockRows(), mask.numRows());
            for (int j = 0; j < byKey.size(); j++) {
                int key = j * plan.blockKeys();
                int endKey = (int) Math.min((long) key + plan.blockKeys(), mask.numKeys());
                long visible = count(mask, row, endRow, key, endKey);
                if (visible > 0) {
                    int partial = visible < (long) (endRow - row) * (endKey - key) ? 1 : 0;
                    byRow.get(i).add(j * 2 + partial);
                    byKey.get(j).add(i * 2 + partial);
                }
            }
        }
        assertThat(lists(plan.byRow())).isEqualTo(byRow);
        assertThat(lists(plan.byKey())).isEqualTo(byKey);
        assertThat(plan.numTiles())
                .isEqualTo(byRow.stream().mapToInt(List::size).sum());
    }

    private static long count(FlashMask mask, int row, int endRow, int key, int endKey) {
        return IntStream.range(row, endRow)
                .mapToLong(r -> IntStream.range(key, endKey)
                        .filter(k -> mask.visible(r, k))
                        .count())
                .sum();
    }

    private static List<List<Integer>> lists(TilePlan.Lists lists) {
        return IntStream.range(0, lists.size())
                .mapToObj(i -> IntStream.range(lists.starts()[i], lists.starts()[i + 1])
                        .mapToObj(t -> lists.tiles()[t])
                        .toList())
                .toList();
    }
}
