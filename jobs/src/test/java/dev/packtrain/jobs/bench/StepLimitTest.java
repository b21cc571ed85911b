package dev.packtrain.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.model.DecoderConfig;
import org.junit.jupiter.api.Test;

class StepLimitTest {
    /** 2 blocks of width 8 with 2 query and 1 key head of 4, feed-forward 16, vocabulary 10. */
    private static final DecoderConfig CONFIG =
            new DecoderConfig(10, 8, 16, 2, 2, 1, 4, 1e-6, 10_000, false, 12, 0.02, null);

    @Test
    void countsLinearMapsOfTokensTheHeadOfLabelsAndAttentionInsideDocuments() {
        PackedSequence pack = TimedSteps.pack(10, 12, 2);
        double block = 8 * 8 + 8 * 4 + 8 * 4 + 8 * 8 + 3 * 8 * 16;
        double attention = 7 * (36 + 36) * 8;
        double labels = 3 + 3;
        assertThat(StepLimit.flops(CONFIG, pack)).isEqualTo(2 * (6 * block * 12 + attention) + 6 * 8 * 10 * labels);
    }

    @Test
    void onlyTheTokensOfWholeDocumentsAreThere() {
        PackedSequence pack = TimedSteps.pack(10, 13, 3);
        assertThat(pack.numDocuments()).isEqualTo(3);
        assertThat(pack.numTokens()).isEqualTo(12);
    }
}
