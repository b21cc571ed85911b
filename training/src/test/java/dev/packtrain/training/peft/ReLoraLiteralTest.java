package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.metrics.StepClock;
import dev.packtrain.training.model.CausalLM;
import dev.packtrain.training.model.LossSum;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TrainedElements;
import dev.packtrain.training.model.UpdateRule;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.options.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * ReLoRA against what the paper does (Lialin et al. 2023, arXiv 2307.05695, algorithm 1), written out: a plain LoRA whose
 * product is added to the weights at every restart, in their own dtype.
 */
class ReLoraLiteralTest {
    private static final int SEED = 1;
    private static final int STEPS = 12;
    private static final int ROUND = 4;
    private static final int RANK = 2;
    private static final double ALPHA = 8;

    @TempDir
    Path temp;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    private static PeftRecipe recipe() {
        return PeftRecipe.named("relora");
    }

    private static AdaptedModel load(Map<String, Object> settings, ScalarType dtype) {
        return Adapters.of(new PeftOptions("lora", settings, null), SEED)
                .load(recipe().builder(dtype), recipe().baseDir());
    }

    /** Merges for good, and restarts. */
    private record Merging(AdaptedModel model) implements UpdateRule {
        @Override
        public void afterUpdate(int step, TrainedElements elements) {
            int done = step + 1;
            if (done % ROUND != 0 || done == STEPS) {
                return;
            }
            for (String module : model.adapters().targets()) {
                Parameter down = named(module + "." + LoraAdaptation.DOWN);
                Parameter up = named(module + "." + LoraAdaptation.UP);
                TensorScope.run(() -> {
                    merge(
                            named(module + ".weight").tensor().detach(),
                            elements.whole(up, TrainedElements.Run::weights),
                            elements.whole(down, TrainedElements.Run::weights));
                    long key = ReproducibleBits.key(SEED, down.name() + " of round " + done / ROUND);
                    double bound = 1 / Math.sqrt((double) down.split().wholeShape()[1]);
                    restart(down, Optional.of(ReproducibleBits.uniform(key, down.split(), bound)), elements);
                    restart(up, Optional.empty(), elements);
                });
            }
            elements.weightsChanged();
        }

        private static void merge(Tensor weightOI, Tensor upOR, Tensor downRI) {
            weightOI.copy_(weightOI.to(ScalarType.Float).addmm(upOR, downRI, new Scalar(1), new Scalar(ALPHA / RANK)));
        }

        private Parameter named(String name) {
            return model.parts().stream()
                    .flatMap(List::stream)
                    .filter(parameter -> parameter.name().equals(name))
                    .findFirst()
                    .orElseThrow();
        }

        private static void restart(Parameter parameter, Optional<Tensor> values, TrainedElements elements) {
            elements.forEachRun(other -> other.name().equals(parameter.name()), run -> {
                run.weights().zero_();
                values.ifPresent(all -> run.weights()
                        .copy_(all.flatten().narrow(0, run.from(), run.weights().numel())));
                run.remainders().ifPresent(Tensor::zero_);
                run.first().zero_();
                run.second().zero_();
            });
        }
    }

    /** A model with such a rule. */
    private record Literal(AdaptedModel inner) implements DecoratedModel {
        @Override
        public UpdateRule updateRule() {
            return new Merging(inner);
        }

        @Override
        public LossSum forwardBackward(PackedSequence pack, double gradScale, StepClock clock) {
            return inner.forwardBackward(pack, gradScale, clock);
        }
    }

    private List<Double> losses(CausalLM model, Precision precision) throws Exception {
        return TinyTraining.losses(model, precision, recipe().pack(), STEPS, temp);
    }

    @ParameterizedTest
    @CsvSource({"FP32, 1e-5", "BF16, 4e-3"})
    void roundsAreThoseOfMergesIntoTheWeights(Precision precision, double tolerance) throws Exception {
        ScalarType dtype = precision == Precision.BF16 ? ScalarType.BFloat16 : ScalarType.Float;
        Map<String, Object> lora = Map.of("lora_rank", RANK, "lora_alpha", ALPHA);
        Map<String, Object> rounds = Map.of(
                "lora_rank",
                RANK,
                "lora_alpha",
                ALPHA,
                "relora",
                true,
                "relora_steps",
                ROUND,
                "relora_warmup_steps",
                0,
                "relora_prune_ratio",
                1.0);
        try (AdaptedModel relora = load(rounds, dtype);
                AdaptedModel merging = load(lora, dtype);
                AdaptedModel plain = load(lora, dtype)) {
            List<Double> got = losses(relora, precision);
            List<Double> expected = losses(new Literal(merging), precision);
            List<Double> withoutRestarts = losses(plain, precision);
            for (int step = 0; step < STEPS; step++) {
                assertThat(got.get(step) / expected.get(step))
                        .as("step %d", step + 1)
                        .isCloseTo(1, within(tolerance));
            }
            assertThat(Math.abs(got.get(STEPS - 1) / withoutRestarts.get(STEPS - 1) - 1))
                    .as("restarts are more than the tolerance")
                    .isGreaterThan(tolerance);
        }
    }
}
