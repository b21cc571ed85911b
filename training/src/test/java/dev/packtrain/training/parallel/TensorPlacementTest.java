package dev.packtrain.training.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.LinearSplit;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.Placement;
import dev.packtrain.training.model.TensorSplit;
import dev.packtrain.training.model.TinyFamilies;
import java.util.Arrays;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TensorPlacementTest {
    /** Qwen3: biases everywhere, norms of heads, 4 query heads on 2 key/value heads. */
    private static final DecoderConfig CONFIG =
            TinyFamilies.untied(TinyFamilies.all().skip(2).findFirst().orElseThrow());

    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void aRankHoldsItsPartOfEveryMatrixAndAllOfTheNorms(int degree) {
        TorchRuntime.start(1);
        try (Decoder whole = Decoder.fromScratch(CONFIG, 1, ScalarType.Float, ComputeDevice.CPU)) {
            for (Parameter parameter : whole.parameters()) {
                for (int rank = 0; rank < degree; rank++) {
                    Placement placement = new TensorPlacement(CONFIG, rank, degree, false);
                    TensorSplit split = placement
                            .parameter(parameter.name(), parameter.tensor().shape())
                            .split();
                    double held = numElements(split.shape()) / numElements(split.wholeShape());
                    assertThat(held).as(parameter.name()).isEqualTo(share(parameter.name(), split, degree));
                }
            }
        }
    }

    private static double share(String name, TensorSplit split, int degree) {
        if (name.matches(".*(norm.weight|o_proj.bias)")) {
            return 1;
        }
        if (name.matches(".*[kv]_proj.*")) {
            return 1.0 / Math.min(degree, CONFIG.numKeyValueHeads());
        }
        if (name.matches("model.embed_tokens.*|lm_head.*")) {
            double rows = CONFIG.vocabSize();
            double length = (double) split.length();
            assertThat(length).isBetween(Math.floor(rows / degree), Math.ceil(rows / degree));
            return length / rows;
        }
        return 1.0 / degree;
    }

    private static double numElements(long[] shape) {
        return (double) Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    @Test
    void fewerKeyValueHeadsThanRanksAreCopiedToNeighboursWithShareOfTheGradient() {
        long[] shape = {16, 32};
        for (int rank = 0; rank < 4; rank++) {
            Placement placement = new TensorPlacement(CONFIG, rank, 4, false);
            Placement.Place place = placement.parameter("model.layers.0.self_attn.k_proj.weight", shape);
            assertThat(place.partialGradient()).isTrue();
            assertThat(place.split().numCopies()).isEqualTo(2);
            assertThat(place.split().from()).isEqualTo(rank / 2 * 8L);
            assertThat(placement.linear("model.layers.0.self_attn.k_proj")).isEqualTo(LinearSplit.COLUMN);
        }
        assertThat(new TensorPlacement(CONFIG, 0, 2, true)
                        .parameter("model.layers.0.self_attn.k_proj.weight", shape)
                        .partialGradient())
                .isFalse();
    }

    @Test
    void gradientsOfNormsArePartialWhereARankSeesSomeOfTheTokensOrHeads() {
        long[] shape = {32};
        for (boolean sequenceParallel : new boolean[] {false, true}) {
            Placement placement = new TensorPlacement(CONFIG, 1, 2, sequenceParallel);
            for (String name : new String[] {"model.norm", "model.layers.0.input_layernorm"}) {
                assertThat(placement.parameter(name + ".weight", shape).partialGradient())
                        .isEqualTo(sequenceParallel);
            }
            Placement.Place ofHeads = placement.parameter("model.layers.0.self_attn.q_norm.weight", shape);
            assertThat(ofHeads.partialGradient()).isTrue();
            assertThat(ofHeads.split().numCopies()).isEqualTo(2);
        }
    }

    @Test
    void aModuleThatTheTableDoesNotKnowIsAMistakeOfOurs() {
        Placement placement = new TensorPlacement(CONFIG, 0, 2, false);
        assertThatThrownBy(() -> placement.linear("model.layers.0.mlp.router"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'model.layers.0.mlp.router' is missing");
        assertThatThrownBy(() -> placement.linear("model.norm")).isInstanceOf(IllegalArgumentException.class);
    }
}
