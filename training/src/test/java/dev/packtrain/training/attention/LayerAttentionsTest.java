package dev.packtrain.training.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.kernels.FlashMasks;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class LayerAttentionsTest {
    private final List<FlashMask> prepared = new ArrayList<>();
    private int numOpen;

    /** Counts what it is asked for; takes no mask that has a window of 1. */
    private final class CountingKernel implements AttentionKernel {
        @Override
        public PackAttention prepare(FlashMask mask, double scale) {
            if (mask.equals(mask(1))) {
                throw new IllegalArgumentException("no windows of 1");
            }
            prepared.add(mask);
            numOpen++;
            return new PackAttention() {
                @Override
                public Forward forward(Tensor qTHD, Tensor kTGD, Tensor vTGD) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public Gradients backward(Tensor gradOTHD, Tensor qTHD, Tensor kTGD, Tensor vTGD, Forward forward) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public void close() {
                    numOpen--;
                }
            };
        }

        @Override
        public String name() {
            return "counting";
        }
    }

    private static FlashMask mask(int window) {
        return window == 0 ? FlashMasks.causal(9) : FlashMasks.slidingWindow(9, window);
    }

    private LayerAttentions prepare(Integer... windows) {
        return LayerAttentions.prepare(new CountingKernel(), List.of(windows), LayerAttentionsTest::mask, 1);
    }

    @Test
    void layersWithTheSameWindowShareWhatWasMadeReady() {
        try (LayerAttentions attentions = prepare(0, 4, 0, 4)) {
            assertThat(prepared).containsExactly(mask(0), mask(4));
            assertThat(attentions.of(0)).isSameAs(attentions.of(2)).isNotSameAs(attentions.of(1));
            assertThat(attentions.of(1)).isSameAs(attentions.of(3));
            assertThat(numOpen).isEqualTo(2);
        }
        assertThat(numOpen).isZero();
    }

    @Test
    void nothingStaysOpenIfOneWindowIsRefused() {
        assertThatThrownBy(() -> prepare(0, 4, 1)).hasMessage("no windows of 1");
        assertThat(prepared).hasSize(2);
        assertThat(numOpen).isZero();
    }
}
