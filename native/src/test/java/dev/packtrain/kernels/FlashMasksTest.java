package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Each named mask against its definition for one row and one key. */
class FlashMasksTest {
    private static final int N = 23;
    private static final int[] CU_SEQLENS = {0, 5, 6, 14, 23};

    private static int document(int token) {
        return (int) IntStream.of(CU_SEQLENS).filter(bound -> bound <= token).count() - 1;
    }

    @Test
    void full() {
        DenseMask.assertSame(FlashMasks.full(N), N, (row, key) -> true);
    }

    @Test
    void causal() {
        DenseMask.assertSame(FlashMasks.causal(N), N, (row, key) -> key <= row);
        DenseMask.assertSame(FlashMasks.causal(1), 1, (row, key) -> true);
    }

    @Test
    void slidingWindow() {
        for (int window : new int[] {1, 2, 7, N, N + 9, Integer.MAX_VALUE}) {
            DenseMask.assertSame(
                    FlashMasks.slidingWindow(N, window), N, (row, key) -> key <= row && row - key < window);
        }
    }

    @Test
    void causalDocument() {
        DenseMask.assertSame(
                FlashMasks.causalDocument(CU_SEQLENS), N, (row, key) -> key <= row && document(row) == document(key));
    }

    @Test
    void slidingWindowCausalDocument() {
        DenseMask.assertSame(
                FlashMasks.slidingWindowCausalDocument(CU_SEQLENS, 3),
                N,
                (row, key) -> key <= row && row - key < 3 && document(row) == document(key));
    }

    @Test
    void document() {
        DenseMask.assertSame(FlashMasks.document(CU_SEQLENS), N, (row, key) -> document(row) == document(key));
    }

    @Test
    void sharedQuestion() {
        // Questions Q and R, answers a, b, c of the first and d, e of the second; a document without answers is causal.
        String parts = "QQQaabccc" + "RRdeee" + "SSSS";
        String questions = "QQQQQQQQQ" + "RRRRRR" + "SSSS";
        DenseMask.assertSame(
                FlashMasks.sharedQuestion(new int[][] {{3, 2, 1, 3}, {2, 1, 3, 0}, {4}}),
                parts.length(),
                (row, key) -> key <= row
                        && questions.charAt(row) == questions.charAt(key)
                        && (Character.isUpperCase(parts.charAt(key)) || parts.charAt(row) == parts.charAt(key)));
    }

    @Test
    void globalSlidingWindow() {
        for (int numGlobal : new int[] {0, 1, 6, N}) {
            for (int window : new int[] {1, 4, N + 1}) {
                DenseMask.assertSame(
                        FlashMasks.globalSlidingWindow(N, numGlobal, window),
                        N,
                        (row, key) -> row < numGlobal || key < numGlobal || Math.abs(row - key) < window);
            }
        }
    }

    @Test
    void causalBlockwise() {
        int last = CU_SEQLENS.length - 2;
        DenseMask.assertSame(
                FlashMasks.causalBlockwise(CU_SEQLENS),
                N,
                (row, key) -> key <= row && (document(row) == document(key) || document(row) == last));
        DenseMask.assertSame(FlashMasks.causalBlockwise(new int[] {0, N}), N, (row, key) -> key <= row);
    }

    @Test
    void prefixLmDocument() {
        int[] prefixes = {2, 1, 0, 9};
        DenseMask.assertSame(
                FlashMasks.prefixLmDocument(CU_SEQLENS, prefixes),
                N,
                (row, key) -> document(row) == document(key)
                        && (key <= row || key - CU_SEQLENS[document(key)] < prefixes[document(key)]));
    }

    @Test
    void prefixLmCausal() {
        for (int prefix : new int[] {0, 8, N}) {
            DenseMask.assertSame(FlashMasks.prefixLmCausal(N, prefix), N, (row, key) -> key <= row || key < prefix);
        }
    }

    @Test
    void qkSparse() {
        int[] starts = {0, 7, 9};
        int[] ends = {3, 9, 14};
        DenseMask.assertSame(
                FlashMasks.qkSparse(N, starts, ends),
                N,
                (row, key) -> key <= row
                        && IntStream.range(0, starts.length)
                                .noneMatch(span -> starts[span] <= row
                                        && row < ends[span]
                                        && starts[span] <= key
                                        && key < ends[span]));
    }

    @Test
    void randomEviction() {
        FlashMask mask = FlashMasks.randomEviction(N, 7);
        int[] evictedAt = mask.lowerStarts();
        DenseMask.assertSame(mask, N, (row, key) -> key <= row && row < evictedAt[key]);
        assertThat(IntStream.range(0, N).allMatch(key -> key < evictedAt[key])).isTrue();
        assertThat(FlashMasks.randomEviction(N, 7).lowerStarts()).isEqualTo(evictedAt);
        assertThat(FlashMasks.randomEviction(N, 8).lowerStarts()).isNotEqualTo(evictedAt);
    }

    @Test
    void argumentsOutsideTheirRangeAreRefused() {
        assertThatThrownBy(() -> FlashMasks.causal(0)).hasMessageContaining("0, wanted at least 1");
        assertThatThrownBy(() -> FlashMasks.slidingWindow(N, 0)).hasMessageContaining("window of 0");
        assertThatThrownBy(() -> FlashMasks.causalDocument(new int[] {0, 3, 3}))
                .hasMessageContaining("document 1 from token 3 to 3");
        assertThatThrownBy(() -> FlashMasks.document(new int[] {1, 3})).hasMessageContaining("[1, 3]");
        assertThatThrownBy(() -> FlashMasks.document(new int[0])).hasMessageContaining("[]");
        assertThatThrownBy(() -> FlashMasks.sharedQuestion(new int[][] {{0}})).hasMessageContaining("without a token");
        assertThatThrownBy(() -> FlashMasks.sharedQuestion(new int[][] {{2, -1}}))
                .hasMessageContaining("-1 tokens");
        assertThatThrownBy(() -> FlashMasks.globalSlidingWindow(N, N + 1, 2)).hasMessageContaining("24 global");
        assertThatThrownBy(() -> FlashMasks.prefixLmDocument(CU_SEQLENS, new int[] {1, 2, 0, 0}))
                .hasMessageContaining("a prefix of 2 tokens in document 1, wanted 0 to its length, 1");
        assertThatThrownBy(() -> FlashMasks.prefixLmDocument(CU_SEQLENS, new int[] {1}))
                .hasMessageContaining("1 prefixes for 4 documents");
        assertThatThrownBy(() -> FlashMasks.qkSparse(N, new int[] {0, 2}, new int[] {3, 5}))
                .hasMessageContaining("[2, 5)")
                .hasMessageContaining("begins at 3");
        assertThatThrownBy(() -> FlashMasks.eviction(new int[] {1, 1}))
                .hasMessageContaining("key 1 evicted at row 1, wanted 2 to 2");
    }
}
