package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.Tensors;
import dev.packtrain.training.options.PeftOptions;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A step is one of the model without some of its adapters, or without some rows of what they add to the weights. */
class LycorisDropoutTest {
    private static final int STEPS = 20;
    private static final double SHARE = 0.3;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    private static AdaptedModel load(String name, Map<String, Object> more) {
        PeftRecipe recipe = PeftRecipe.named(name);
        Map<String, Object> settings = new HashMap<>(recipe.settings());
        settings.putAll(more);
        AdaptedModel model = Adapters.of(new PeftOptions(recipe.method(), settings, null), 7)
                .load(recipe.builder(ScalarType.Double), recipe.baseDir());
        AdapterNoise.add(model);
        return model;
    }

    private static String moduleOf(Parameter parameter) {
        return parameter.name().substring(0, parameter.name().lastIndexOf('.'));
    }

    @ParameterizedTest
    @CsvSource({"lokr, lokr_w1", "loha, hada_w1_a"})
    void aStepIsThatOfTheModelWithoutSomeAdapters(String name, String factor) {
        PackedSequence pack = PeftRecipe.named(name).pack();
        TensorScope.run(() -> {
            try (AdaptedModel model = load(name, Map.of(name + "_module_dropout", SHARE));
                    AdaptedModel whole = load(name, Map.of())) {
                int numModules = model.adapters().targets().size();
                int dropped = 0;
                Set<Set<String>> seen = new HashSet<>();
                for (int step = 0; step < STEPS; step++) {
                    model.parameters().stream()
                            .map(parameter -> parameter.tensor().grad())
                            .filter(Tensor::defined)
                            .forEach(Tensor::zero_);
                    model.beginStep(step);
                    double loss = model.forwardBackward(pack, 1).sum();
                    Set<String> without = model.parameters().stream()
                            .filter(parameter ->
                                    parameter.tensor().grad().count_nonzero().item_long() == 0)
                            .map(LycorisDropoutTest::moduleOf)
                            .collect(Collectors.toCollection(TreeSet::new));
                    assertThat(loss).isCloseTo(lossWithout(whole, without, factor, pack), within(1e-10 * loss));
                    dropped += without.size();
                    seen.add(without);
                }
                assertThat(dropped / (double) (STEPS * numModules)).isCloseTo(SHARE, within(0.1));
                assertThat(seen).hasSizeGreaterThan(STEPS / 2);
                assertThat(model.evaluate(pack).sum())
                        .isEqualTo(whole.evaluate(pack).sum());
            }
        });
    }

    /** With a factor of zeros the product is zero. */
    private static double lossWithout(AdaptedModel whole, Set<String> modules, String factor, PackedSequence pack) {
        Map<Parameter, Tensor> before = whole.parameters().stream()
                .filter(parameter -> parameter.name().endsWith("." + factor) && modules.contains(moduleOf(parameter)))
                .collect(Collectors.toMap(
                        parameter -> parameter,
                        parameter -> parameter.tensor().detach().clone()));
        assertThat(before).hasSameSizeAs(modules);
        before.keySet().forEach(parameter -> parameter.tensor().detach().zero_());
        double loss = whole.evaluate(pack).sum();
        before.forEach((parameter, values) -> parameter.tensor().detach().copy_(values));
        return loss;
    }

    /** Rows of the change of a weight are rows of its first factor. */
    @Test
    void rowsOfAProductAreDroppedAndTheOthersScaled() {
        PackedSequence pack = PeftRecipe.named("loha").pack();
        int dropped = (int) Math.round(SHARE * (1 << 16));
        TensorScope.run(() -> {
            try (AdaptedModel model = load("loha", Map.of("loha_rank_dropout", SHARE));
                    AdaptedModel scaled = load("loha", Map.of())) {
                model.beginStep(5);
                double loss = model.forwardBackward(pack, 1).sum();
                Map<String, Tensor> factors = new HashMap<>();
                long numRows = 0;
                long numKept = 0;
                for (Parameter parameter : scaled.parameters()) {
                    if (parameter.name().endsWith(".hada_w1_a")) {
                        Tensor rows = parameter.tensor().detach();
                        long key =
                                ReproducibleBits.key(ReproducibleBits.key(7, "rank_dropout " + moduleOf(parameter)), 5);
                        Tensor k = RankDropout.factors(rows, key, dropped, true, rows.size(0));
                        assertThat(k.mean().item_double()).isCloseTo(1, within(1e-12));
                        numRows += rows.size(0);
                        numKept += k.count_nonzero().item_long();
                        rows.mul_(k.unsqueeze(1));
                        factors.put(parameter.name(), k.unsqueeze(1));
                    }
                }
                assertThat(numKept / (double) numRows).isCloseTo(1 - SHARE, within(0.1));
                assertThat(loss).isCloseTo(scaled.forwardBackward(pack, 1).sum(), within(1e-10 * loss));
                for (int i = 0; i < model.parameters().size(); i++) {
                    Parameter parameter = scaled.parameters().get(i);
                    Tensor grad = parameter.tensor().grad();
                    Tensor factor = factors.get(parameter.name());
                    assertThat(Tensors.relativeError(
                                    model.parameters().get(i).tensor().grad(),
                                    factor == null ? grad : grad.mul(factor)))
                            .as(parameter.name())
                            .isLessThan(1e-10);
                }
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"lokr", "loha"})
    void aShareOfOneIsRefused(String name) {
        assertThatThrownBy(() -> load(name, Map.of(name + "_module_dropout", 1.0)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(name + "_module_dropout is 1.0; wanted less than 1");
    }
}
