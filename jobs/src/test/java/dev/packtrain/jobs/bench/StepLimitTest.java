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

    /** Of a linear from I to O with rank R, forward: IO + R(I + O); backward the same, but for dx of q, k and v in block 0; and dA, dB. */
    @Test
    void ofLoraCountsNoGradientsOfTheBaseAndNoneOfTheFirstInput() {
        PackedSequence pack = TimedSteps.pack(10, 12, 2);
        double rank = 3;
        int[][] linears = {{8, 8}, {8, 4}, {8, 4}, {8, 8}, {8, 16}, {8, 16}, {16, 8}};
        double macs = 0;
        for (int block = 0; block < 2; block++) {
            for (int i = 0; i < linears.length; i++) {
                double in = linears[i][0];
                double out = linears[i][1];
                macs += 2 * (in * out) + 3 * rank * (in + out);
                macs -= block == 0 && i < 3 ? in * out + rank * in : 0;
            }
        }
        double attention = 7 * (36 + 36) * 8;
        double head = 4 * 8 * 10 * (3 + 3);
        assertThat(StepLimit.flops(CONFIG, pack, 3)).isEqualTo(2 * macs * 12 + 2 * attention + head);
    }

    @Test
    void onlyTheTokensOfWholeDocumentsAreThere() {
        PackedSequence pack = TimedSteps.pack(10, 13, 3);
        assertThat(pack.numDocuments()).isEqualTo(3);
        assertThat(pack.numTokens()).isEqualTo(12);
    }
}
