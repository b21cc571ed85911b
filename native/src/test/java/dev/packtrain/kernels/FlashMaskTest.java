package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class FlashMaskTest {
    @Test
    void valuesOfAKeyHideRowsAsInThePaper() {
        assertSees(FlashMask.causal(4, new int[] {3, 2, 4, 4}), "x...", "xx..", "x.x.", "..xx");
        assertSees(FlashMask.causal(4, new int[] {1, 2, 4, 4}, new int[] {2, 4, 4, 4}), "x...", ".x..", "x.x.", "x.xx");
        assertSees(
                FlashMask.bidirectional(4, new int[] {3, 4, 2, 4}, new int[] {0, 1, 0, 3}),
                "x.x.",
                "xxx.",
                "xx..",
                ".x.x");
        assertSees(
                FlashMask.bidirectional(
                        4, new int[] {3, 1, 0, 2}, new int[] {4, 2, 0, 4}, new int[] {0, 2, 1, 1}, new int[] {0, 3, 2, 3
                        }),
                "xxxx",
                "x...",
                "x.x.",
                ".xx.");
        assertSees(FlashMask.causal(2, new int[] {0, 1}), "..", "..");
    }

    private static void assertSees(FlashMask mask, String... rows) {
        DenseMask.assertSame(mask, rows.length, (row, key) -> rows[row].charAt(key) == 'x');
    }

    @Test
    void rowsAndKeysMayDifferInNumber() {
        FlashMask mask = FlashMask.bidirectional(2, new int[] {2, 1, 0}, new int[] {0, 0, 0});
        assertThat(mask.numRows()).isEqualTo(2);
        assertThat(mask.numKeys()).isEqualTo(3);
        assertThat(mask.visible(1, 0)).isTrue();
        assertThat(mask.visible(1, 1)).isFalse();
        assertThat(mask.numVisible()).isEqualTo(3);
    }

    @Test
    void theArraysAreCopies() {
        int[] starts = {2, 2};
        FlashMask mask = FlashMask.causal(2, starts);
        starts[0] = 0;
        mask.lowerStarts()[0] = 0;
        mask.lowerEnds()[0] = 0;
        mask.upperEnds()[0] = 2;
        assertThat(mask.visible(0, 0)).isTrue();
        assertThat(mask.visible(1, 0)).isTrue();
    }

    @Test
    void equalValuesAreEqualMasks() {
        int[] starts = {1, 2};
        FlashMask mask = FlashMask.causal(2, starts);
        assertThat(FlashMask.causal(2, starts)).isEqualTo(mask).hasSameHashCodeAs(mask);
        assertThat(FlashMask.causal(2, new int[] {2, 2})).isNotEqualTo(mask);
        assertThat(FlashMask.causal(2, starts, starts)).isNotEqualTo(mask);
        assertThat(FlashMask.causal(3, starts)).isNotEqualTo(mask);
        assertThat(FlashMask.bidirectional(2, starts, new int[2])).isNotEqualTo(mask);
        assertThat(FlashMask.bidirectional(2, starts, new int[2]))
                .isNotEqualTo(FlashMask.bidirectional(2, starts, new int[] {0, 1}));
    }

    @Test
    void valuesOutsideTheRowsAreRefused() {
        assertThatThrownBy(() -> FlashMask.causal(2, new int[] {2, 3}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lower interval of key 1 is rows [3, 2)");
        assertThatThrownBy(() -> FlashMask.causal(2, new int[] {-1, 2})).hasMessageContaining("[-1, 2)");
        assertThatThrownBy(() -> FlashMask.bidirectional(2, new int[] {2, 2}, new int[] {0, 3}))
                .hasMessageContaining("upper interval of key 1 is rows [0, 3)");
        assertThatThrownBy(() -> FlashMask.causal(2, new int[] {2, 2}, new int[] {2}))
                .hasMessageContaining("2 starts and 1 ends for 2 keys");
        assertThatThrownBy(() -> FlashMask.causal(0, new int[] {0})).hasMessageContaining("0 rows and 1 keys");
        assertThatThrownBy(() -> FlashMask.causal(1, new int[0])).hasMessageContaining("1 rows and 0 keys");
    }
}
