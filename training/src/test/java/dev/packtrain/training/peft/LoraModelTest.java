package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.LossSum;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A model with fresh adapters. */
class LoraModelTest {
    private static final PeftGoldens GOLDENS = new PeftGoldens("plain", "gqa_tied");

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    @Test
    void theLearningRateOfEveryBIsScaledAndNothingElses() {
        try (AdaptedModel model = GOLDENS.load(PeftGoldens.fresh(Map.of("lora_plus_scale", 4.0)))) {
            assertThat(model.parameters()).hasSize(2 * 7 * 2);
            for (Parameter parameter : model.parameters()) {
                assertThat(parameter.learningRateScale())
                        .as(parameter.name())
                        .isEqualTo(parameter.name().contains(".lora_B") ? 4 : 1);
            }
            assertThat(model.adapters().describe()).startsWith("lora trains ").contains("14 linears");
        }
    }

    @Test
    void dropoutRepeatsItselfWithinAStepAndChangesWithIt() {
        PackedSequence pack = GOLDENS.pack();
        TensorScope.run(() -> {
            try (AdaptedModel model = GOLDENS.load(PeftGoldens.fresh(Map.of("lora_dropout", 0.5)))) {
                model.parameters().stream()
                        .filter(parameter -> parameter.name().contains(".lora_B"))
                        .forEach(parameter -> parameter.tensor().detach().fill_(new Scalar(0.1)));
                model.beginStep(0);
                LossSum first = model.forwardBackward(pack, 1);
                assertThat(model.forwardBackward(pack, 1)).isEqualTo(first);
                double evaluated = model.evaluate(pack).sum();
                assertThat(evaluated).isNotEqualTo(first.sum());
                model.beginStep(1);
                assertThat(model.forwardBackward(pack, 1).sum()).isNotEqualTo(first.sum());
                assertThat(model.evaluate(pack).sum()).isEqualTo(evaluated);
            }
        });
    }

    @Test
    void initialValuesAreOfTheSeedAndTheNameAndNoRank() {
        TensorScope.run(() -> {
            try (AdaptedModel one = GOLDENS.load(PeftGoldens.fresh(Map.of()));
                    AdaptedModel two =
                            GOLDENS.load(PeftGoldens.fresh(Map.of("lora_target_modules", "q_proj,down_proj")))) {
                for (Parameter parameter : two.parameters()) {
                    Parameter same = one.parameters().stream()
                            .filter(other -> other.name().equals(parameter.name()))
                            .findFirst()
                            .orElseThrow();
                    assertThat(same.tensor().equal(parameter.tensor()))
                            .as(parameter.name())
                            .isTrue();
                }
            }
            long key = ReproducibleBits.key(3, "a");
            Tensor whole = ReproducibleBits.uniform(key, TensorSplit.whole(new long[] {6, 40}), 0.5);
            Tensor columns = ReproducibleBits.uniform(key, new TensorSplit(new long[] {6, 40}, 1, 10, 20, 1), 0.5);
            assertThat(columns.equal(whole.narrow(1, 10, 20))).isTrue();
            assertThat(whole.abs().max().item_double()).isBetween(0.48, 0.5);
            assertThat(whole.mean().item_double()).isBetween(-0.08, 0.08);
        });
    }

    @Test
    void aTargetThatIsNotThereIsNamedWithWhatThereIs() {
        assertThatThrownBy(() -> GOLDENS.load(PeftGoldens.fresh(Map.of("lora_target_modules", "q_proj,wq"))))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("'wq'")
                .hasMessageContaining("down_proj, gate_proj, k_proj, o_proj, q_proj, up_proj, v_proj");
        assertThatThrownBy(() -> PeftGoldens.fresh(Map.of("lora_target_modules", "q_proj(")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("neither a name nor a regular expression");
    }

    @Test
    void targetsAreNamesListsExpressionsOrAll() {
        assertThat(targets("all-linear")).hasSize(14);
        assertThat(targets(List.of("q_proj", "up_proj"))).hasSize(4);
        assertThat(targets("model.layers.1.self_attn.q_proj")).containsExactly("model.layers.1.self_attn.q_proj");
        assertThat(targets(".*mlp.*")).hasSize(6);
        assertThat(targets(List.of("model\\.layers\\.[0,5]\\..*_proj"))).hasSize(14 / 2);
    }

    private static List<String> targets(Object given) {
        try (AdaptedModel model = GOLDENS.load(PeftGoldens.fresh(Map.of("lora_target_modules", given)))) {
            return model.adapters().targets();
        }
    }

    @Test
    void scalesAreThoseOfTheDefaults() {
        assertThat(scale(Map.of())).isEqualTo(2);
        assertThat(scale(Map.of("lora_rank", 4, "lora_alpha", -1.0))).isEqualTo(2);
        assertThat(scale(Map.of("lora_rank", 4, "lora_alpha", 2.0))).isEqualTo(0.5);
        assertThat(scale(Map.of("lora_rank", 16, "rslora", true))).isEqualTo(1);
    }

    private static double scale(Map<String, Object> settings) {
        return ((LoraAdaptation) new Lora().configure(new PeftSettings(settings))).scale();
    }
}
