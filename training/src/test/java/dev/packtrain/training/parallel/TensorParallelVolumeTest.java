package dev.packtrain.training.parallel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.attention.ReferenceAttention;
import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.collectives.RankThreads;
import dev.packtrain.training.collectives.Traffic;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.Packs;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TinyFamilies;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What two ranks send each other in a step: the table of docs/parallelism.md, to the byte. */
class TensorParallelVolumeTest {
    private static final int DEGREE = 2;
    private static final long ELEMENT_BYTES = 8;
    private static final DecoderConfig CONFIG = TinyFamilies.all().findFirst().orElseThrow();
    private static final PackedSequence PACK = Packs.random(1, TinyFamilies.VOCAB, 17, 1, 31);
    private static RankThreads ranks;

    @BeforeAll
    static void start() {
        ranks = new RankThreads(DEGREE);
    }

    @AfterAll
    static void stop() {
        ranks.close();
    }

    private static Decoder part(ProcessGroup group, boolean sequenceParallel, Recompute recompute) {
        return new DecoderBuilder(CONFIG)
                .dtype(ScalarType.Double)
                .attention(new ReferenceAttention())
                .recompute(recompute)
                .share(TensorParallel.share(CONFIG, group, sequenceParallel))
                .fromScratch(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aStepSendsWhatTheFormulaSays(boolean sequenceParallel) {
        long layers = CONFIG.numHiddenLayers();
        long numTokens = PACK.numTokens();
        ranks.onEach(group -> TensorScope.value(() -> {
            try (Decoder model = part(group, sequenceParallel, Recompute.NONE)) {
                Traffic before = group.traffic();
                long numLabels = model.forwardBackward(PACK, 0.1).numLabelTokens();
                Traffic sent = group.traffic().since(before);
                long ofLoss = allReduced(numLabels) + allReduced(2 * numLabels);
                if (sequenceParallel) {
                    long padded = (numTokens + DEGREE - 1) / DEGREE * DEGREE;
                    long once = padded * CONFIG.hiddenSize() * ELEMENT_BYTES * (DEGREE - 1) / DEGREE;
                    assertThat(sent)
                            .isEqualTo(new Traffic(ofLoss, (4 * layers + 2) * once, (6 * layers + 2) * once, 0));
                } else {
                    long activations = (4 * layers + 2) * allReduced(numTokens * CONFIG.hiddenSize());
                    assertThat(sent).isEqualTo(new Traffic(activations + ofLoss, 0, 0, 0));
                }
                return true;
            }
        }));
    }

    private static long allReduced(long numElements) {
        return 2 * numElements * ELEMENT_BYTES * (DEGREE - 1) / DEGREE;
    }

    /** What is made again in the backward pass brings its parts together as the forward pass did. */
    @ParameterizedTest
    @EnumSource(Recompute.class)
    void recomputationChangesNoBit(Recompute recompute) {
        for (boolean sequenceParallel : List.of(false, true)) {
            ranks.onEach(group -> TensorScope.value(() -> {
                try (Decoder kept = part(group, sequenceParallel, Recompute.NONE);
                        Decoder made = part(group, sequenceParallel, recompute)) {
                    assertThat(made.forwardBackward(PACK, 0.1)).isEqualTo(kept.forwardBackward(PACK, 0.1));
                    for (int i = 0; i < kept.parameters().size(); i++) {
                        Parameter parameter = kept.parameters().get(i);
                        Tensor gradient = made.parameters().get(i).tensor().grad();
                        assertThat(gradient.equal(parameter.tensor().grad()))
                                .as(parameter.name())
                                .isTrue();
                    }
                    return true;
                }
            }));
        }
    }
}
