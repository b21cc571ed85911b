package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.Pack;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.training.checkpoint.RunIdentity;
import dev.packtrain.training.checkpoint.TrainerState;
import dev.packtrain.training.collectives.RankThreads;
import dev.packtrain.training.data.PackSource;
import dev.packtrain.training.data.StepPlan;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.metrics.StepFigures;
import dev.packtrain.training.options.Precision;
import dev.packtrain.training.options.TrainingOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The loop in one process: ranks are threads. */
class TrainerDistributedTest {
    @BeforeAll
    static void load() {
        TorchRuntime.start(1);
    }

    @Test
    void lossFallsAndEveryStepIsReported() throws Exception {
        List<StepFigures> steps = train(TinyOptions.of(2, 1, 40), new TinyPacks(9), MeshGroups.single());
        assertThat(steps).hasSize(40);
        assertThat(steps.get(0).loss()).isGreaterThan(3.9);
        assertThat(steps.get(39).loss()).isLessThan(steps.get(0).loss() - 0.2);
        // 9 packs in portions of 2: the fifth step has one pack.
        assertThat(steps.get(4).slots()).isEqualTo(TinyPacks.MAX_LENGTH);
        assertThat(steps.get(5).slots()).isEqualTo(2L * TinyPacks.MAX_LENGTH);
    }

    @Test
    void twoRanksEqualOneOnTheSameGlobalBatch() throws Exception {
        List<StepFigures> one = train(TinyOptions.of(2, 4, 12), new TinyPacks(21), MeshGroups.single());
        List<List<StepFigures>> two = trainOnThreads(2, TinyOptions.of(2, 2, 12));
        for (int s = 0; s < one.size(); s++) {
            assertThat(two.get(0).get(s).labelTokens()).isEqualTo(one.get(s).labelTokens());
            assertThat(two.get(0).get(s).loss() / one.get(s).loss()).isCloseTo(1, within(1e-5));
            assertThat(two.get(0).get(s).gradNorm() / one.get(s).gradNorm()).isCloseTo(1, within(1e-5));
            assertThat(two.get(1).get(s).gradNorm()).isEqualTo(two.get(0).get(s).gradNorm());
        }
    }

    @Test
    void aRerunGivesTheSameBits() throws Exception {
        List<Double> first =
                losses(trainOnThreads(2, TinyOptions.of(1, 2, 8).bf16()).get(0));
        List<Double> second =
                losses(trainOnThreads(2, TinyOptions.of(1, 2, 8).bf16()).get(0));
        assertThat(second).isEqualTo(first);
    }

    @Test
    void aBatchWithoutLabelTokensIsNoLossOfZero() {
        PackSource unlabelled = source(new TokenizedExample(77, new int[] {1, 2, 3}, new int[] {1, -100, -100}));
        assertThatThrownBy(() -> train(TinyOptions.of(1, 1, 1), unlabelled, MeshGroups.single()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("no label token")
                .hasMessageContaining("packs [0]");
    }

    @Test
    void aLossThatIsNoNumberStopsTheRunAndNamesTheExamples() {
        PackSource packs = source(new TokenizedExample(77, new int[] {1, 2, 3}, new int[] {1, 2, 3}));
        TinyModel broken = new TinyModel(4, ScalarType.Float);
        broken.parameters().get(0).tensor().set_requires_grad(false).fill_(new Scalar(Double.NaN));
        broken.parameters().get(0).tensor().set_requires_grad(true);
        assertThatThrownBy(() -> train(broken, TinyOptions.of(1, 1, 1), packs, MeshGroups.single()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("loss is NaN in step 1")
                .hasMessageContaining("nothing has been learnt yet, so look at the weights that the run begins with")
                .hasMessageContaining("[77]");
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

    private static List<Double> losses(List<StepFigures> steps) {
        return steps.stream().map(StepFigures::loss).toList();
    }

    private static List<List<StepFigures>> trainOnThreads(int worldSize, TinyOptions options) {
        try (RankThreads ranks = new RankThreads(worldSize)) {
            return ranks.run((world, factory) -> train(
                    options,
                    new TinyPacks(21),
                    MeshGroups.join(new DeviceMesh(worldSize, 1, 1), world, factory::group)));
        }
    }

    private static List<StepFigures> train(TinyOptions options, PackSource packs, MeshGroups groups) throws Exception {
        ScalarType dtype = options.precision() == Precision.BF16 ? ScalarType.BFloat16 : ScalarType.Float;
        return train(new TinyModel(TinyPacks.VOCAB_SIZE, dtype), options, packs, groups);
    }

    private static List<StepFigures> train(TinyModel model, TinyOptions tiny, PackSource packs, MeshGroups groups)
            throws Exception {
        TrainingOptions options = tiny.withConfig("unused");
        StepPlan plan =
                new StepPlan(packs.numPacks(), options.batch(), groups.mesh().numDataRanks());
        RunIdentity identity = new RunIdentity("", 0, plan.globalBatch(), options.precision());
        List<StepFigures> steps = new ArrayList<>();
        try (model;
                Trainer trainer = new Trainer(model, options, plan, groups, Path.of("unused"))) {
            trainer.run(
                    TrainerState.start(
                            identity, plan.totalSteps(), groups.mesh().numDataRanks()),
                    packs,
                    new TrainerListener() {
                        @Override
                        public void stepDone(TrainerState state, StepFigures figures) {
                            steps.add(figures);
                        }

                        @Override
                        public void logDue(TrainerState state, StepFigures figures) {}

                        @Override
                        public void checkpointDue(TrainerState state) {}
                    });
        }
        return steps;
    }
}
