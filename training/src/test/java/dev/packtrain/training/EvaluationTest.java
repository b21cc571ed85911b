package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.Pack;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.training.data.FirstExamples;
import dev.packtrain.training.data.PackSource;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.metrics.EvaluationFigures;
import dev.packtrain.training.model.LossSum;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EvaluationTest {
    @BeforeAll
    static void load() {
        TorchRuntime.start(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 1000})
    void theLossIsTheMeanOverAllLabelTokensNotAMeanOfMeans(int maxSamples) {
        try (TinyModel model = new TinyModel(TinyPacks.VOCAB_SIZE, ScalarType.Float)) {
            PackSource packs = new TinyPacks(5);
            PackSource wanted = maxSamples == 0 ? packs : FirstExamples.of(packs, maxSamples);
            LossSum sum = LossSum.ZERO;
            int documents = 0;
            for (int i = 0; i < wanted.numPacks(); i++) {
                sum = sum.plus(model.evaluate(wanted.get(i)));
                documents += wanted.get(i).numDocuments();
            }
            EvaluationFigures figures = run(model, packs, maxSamples);
            assertThat(figures.labelTokens()).isEqualTo(sum.numLabelTokens());
            assertThat(figures.samples()).isEqualTo(documents);
            assertThat(figures.loss()).isEqualTo(sum.sum() / sum.numLabelTokens());
            assertThat(figures.toMap().get("eval_ppl")).isEqualTo(Math.exp(figures.loss()));
            assertThat(run(model, packs, maxSamples).lossSum()).isEqualTo(figures.lossSum());
        }
    }

    @Test
    void dataWithoutTargetsAreRefused() {
        PackSource unlabelled = source(new TokenizedExample(7, new int[] {1, 2, 3}, new int[] {1, -100, -100}));
        try (TinyModel model = new TinyModel(4, ScalarType.Float)) {
            assertThatThrownBy(() -> run(model, unlabelled, 0))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("no label token");
        }
    }

    @Test
    void aLossThatIsNoNumberIsNoFigure() {
        PackSource packs = source(new TokenizedExample(7, new int[] {1, 2, 3}, new int[] {1, 2, 3}));
        try (TinyModel model = new TinyModel(4, ScalarType.Float)) {
            model.parameters().get(0).tensor().set_requires_grad(false).fill_(new Scalar(Double.NaN));
            assertThatThrownBy(() -> {
                        model.parameters().get(0).tensor().set_requires_grad(true);
                        run(model, packs, 0);
                    })
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("eval_loss is NaN");
        }
    }

    private static EvaluationFigures run(TinyModel model, PackSource packs, int maxSamples) {
        return new Evaluation(model, packs, maxSamples, MeshGroups.single()).run(done -> {});
    }

    private static PackSource source(TokenizedExample example) {
        return new PackSource() {
            @Override
            public int numPacks() {
                return 1;
            }

            @Override
            public PackedSequence get(int index) {
                return PackedSequence.of(new Pack(List.of(example)), 4);
            }
        };
    }
}
