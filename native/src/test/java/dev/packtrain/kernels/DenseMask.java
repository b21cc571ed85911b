package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;

/** A mask as it is written down: one answer for each row and key. */
@FunctionalInterface
interface DenseMask {
    /** Whether the row sees the key. */
    boolean sees(int row, int key);

    /** Compares every pair, and their number. */
    static void assertSame(FlashMask mask, int numTokens, DenseMask dense) {
        assertThat(mask.numRows()).isEqualTo(numTokens);
        assertThat(mask.numKeys()).isEqualTo(numTokens);
        long numVisible = 0;
        for (int row = 0; row < numTokens; row++) {
            for (int key = 0; key < numTokens; key++) {
                assertThat(mask.visible(row, key))
                        .as("row %d, key %d", row, key)
                        .isEqualTo(dense.sees(row, key));
                numVisible += dense.sees(row, key) ? 1 : 0;
            }
        }
        assertThat(mask.numVisible()).isEqualTo(numVisible);
    }
}
