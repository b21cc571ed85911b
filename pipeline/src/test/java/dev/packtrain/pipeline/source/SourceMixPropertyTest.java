package dev.packtrain.pipeline.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.BadInputException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

class SourceMixPropertyTest {
    @Property(tries = 300)
    void everyCopyOfEveryRowHasOneNumberAndAnyStretchIsAMix(
            @ForAll @Size(min = 1, max = 4) int[] sizes, @ForAll @Size(min = 4, max = 4) int[] tenths) {
        long[] rows =
                Arrays.stream(sizes).mapToLong(n -> 1 + Math.floorMod(n, 60)).toArray();
        double[] weights = new double[rows.length];
        Arrays.setAll(weights, i -> (1 + Math.floorMod(tenths[i], 30)) / 10.0);
        SourceMix mix = new SourceMix(rows, weights, 7);
        long[] seen = new long[rows.length];
        long expected = 0;
        for (int source = 0; source < rows.length; source++) {
            assertThat(mix.copies(source)).isEqualTo((int) Math.ceil(weights[source]));
            expected += rows[source] * mix.copies(source);
        }
        assertThat(mix.size()).isEqualTo(expected);
        for (long number = 0; number < mix.size(); number++) {
            SourceMix.Item item = mix.item(number);
            assertThat(mix.number(item)).isEqualTo(number);
            assertThat(item.copy() * rows[item.source()] + item.row()).isEqualTo(seen[item.source()]);
            seen[item.source()]++;
            for (int source = 0; source < rows.length; source++) {
                double share = (double) rows[source] * mix.copies(source) / mix.size();
                assertThat(seen[source] - share * (number + 1)).isBetween(-1.0 * rows.length, 1.0 * rows.length);
            }
        }
    }

    @Example
    void rowsAreUsedAsOftenAsTheWeightSays() {
        SourceMix mix = new SourceMix(new long[] {20_000, 20_000, 20_000}, new double[] {0.3, 1, 2.25}, 5);
        Map<Integer, Long> used = new HashMap<>();
        for (int source = 0; source < 3; source++) {
            for (long row = 0; row < 20_000; row++) {
                for (int copy = 0; copy < mix.copies(source); copy++) {
                    used.merge(source, mix.isUsed(new SourceMix.Item(source, row, copy)) ? 1L : 0L, Long::sum);
                }
            }
        }
        assertThat(used.get(0) / 20_000.0).isCloseTo(0.3, within(0.015));
        assertThat(used.get(1)).isEqualTo(20_000);
        assertThat(used.get(2) / 20_000.0).isCloseTo(2.25, within(0.015));
    }

    @Example
    void tenBillionRowsAreNumberedExactly() {
        SourceMix mix = new SourceMix(new long[] {9_999_999_967L, 3_000_000_019L}, new double[] {3, 1}, 5);
        for (long number : new long[] {0, 1, 17, 12_345_678_901L, mix.size() - 1}) {
            assertThat(mix.number(mix.item(number))).isEqualTo(number);
        }
    }

    @Example
    void weightsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new SourceMix(new long[] {1, 1}, new double[] {1}, 0))
                .isInstanceOf(BadInputException.class)
                .hasMessage("dataset_weights has 1 weights for 2 data sets; give one for each");
        assertThatThrownBy(() -> new SourceMix(new long[] {1, 1}, new double[] {1, 0}, 0))
                .hasMessageContaining("dataset_weights has 0.0 for data set 2");
    }
}
