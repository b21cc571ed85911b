package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.engine.GradientMode;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** This project's kernels give what libtorch's products give in fp64, and are taken where they can be. */
class LoraBranchesTest {
    private static final int TOKENS = 150;
    private static final int IN = 70;
    private static final int[] OUTS = {96, 33, 64};
    private static final int[] RANKS = {8, 3, 12};
    private static final double SCALE = 1.7;

    private final TrainingPass pass = new TrainingPass(5);

    @BeforeEach
    void start() {
        TorchRuntime.start(2);
        torch.manual_seed(3);
    }

    @ParameterizedTest
    @EnumSource(
            value = ScalarType.class,
            names = {"Float", "BFloat16"})
    void kernelsGiveWhatProductsInDoubleGive(ScalarType dtype) {
        compare(dtype, List.of(true, true, true));
    }

    @ParameterizedTest
    @EnumSource(
            value = ScalarType.class,
            names = {"Float", "BFloat16"})
    void frozenMatricesGetNoGradient(ScalarType dtype) {
        compare(dtype, List.of(false, true, false));
        compare(dtype, List.of(false, false, false));
    }

    private void compare(ScalarType dtype, List<Boolean> downIsTrained) {
        off(() -> {
            List<LoraLinear> linears = new ArrayList<>();
            List<LoraLinear> twins = new ArrayList<>();
            List<Tensor> results = new ArrayList<>();
            List<Tensor> gradients = new ArrayList<>();
            for (int i = 0; i < RANKS.length; i++) {
                Tensor down = torch.randn(RANKS[i], IN).to(dtype);
                Tensor up = torch.randn(OUTS[i], RANKS[i]).to(dtype);
                linears.add(lora(down.clone(), up.clone(), downIsTrained.get(i)));
                twins.add(lora(wide(down), wide(up), downIsTrained.get(i)));
                results.add(torch.randn(TOKENS, OUTS[i]).to(dtype));
                gradients.add(torch.randn(TOKENS, OUTS[i]).to(dtype));
            }
            Tensor xTI = torch.randn(TOKENS, IN).to(dtype);
            Tensor sumTI = torch.randn(TOKENS, IN).to(dtype);
            LoraBranches branches = LoraBranches.of(linears, xTI);
            LoraBranches expected = LoraBranches.of(twins, wide(xTI));
            assertThat(branches).isInstanceOf(NativeLoraBranches.class);
            assertThat(expected).isInstanceOf(TorchLoraBranches.class);
            double error = dtype == ScalarType.Float ? 1e-6 : 1e-2;

            List<Tensor> wideResults =
                    results.stream().map(LoraBranchesTest::wide).toList();
            branches.addTo(xTI, results);
            expected.addTo(wide(xTI), wideResults);
            for (int repeat = 0; repeat < 2; repeat++) { // the gradients are added to
                Tensor wideSumTI = wide(sumTI);
                branches.addInputGradient(sumTI, branches.addGradients(xTI, gradients));
                expected.addInputGradient(
                        wideSumTI,
                        expected.addGradients(
                                wide(xTI),
                                gradients.stream().map(LoraBranchesTest::wide).toList()));
                assertThat(Tensors.relativeError(sumTI, wideSumTI)).isLessThan(error);
            }
            for (int i = 0; i < RANKS.length; i++) {
                assertThat(Tensors.relativeError(results.get(i), wideResults.get(i)))
                        .isLessThan(error);
                assertThat(Tensors.relativeError(
                                LeafGradient.of(linears.get(i).up().tensor()),
                                LeafGradient.of(twins.get(i).up().tensor())))
                        .isLessThan(error);
                Tensor gradRI = linears.get(i).down().tensor().grad();
                assertThat(gradRI.defined()).isEqualTo(downIsTrained.get(i));
                if (downIsTrained.get(i)) {
                    Tensor expectedRI = twins.get(i).down().tensor().grad();
                    assertThat(Tensors.relativeError(gradRI, expectedRI)).isLessThan(error);
                }
            }
            return null;
        });
    }

    @Test
    void autogradAndWideRanksAreLibtorchs() {
        off(() -> {
            Tensor xTI = torch.randn(4, IN);
            List<LoraLinear> narrow = List.of(lora(torch.randn(8, IN), torch.randn(16, 8), true));
            List<LoraLinear> broad = List.of(lora(torch.randn(300, IN), torch.randn(16, 300), true));
            assertThat(LoraBranches.of(narrow, xTI)).isInstanceOf(NativeLoraBranches.class);
            assertThat(LoraBranches.of(broad, xTI)).isInstanceOf(TorchLoraBranches.class);
            assertThat(GradientMode.recording(() -> LoraBranches.of(narrow, xTI)))
                    .isInstanceOf(TorchLoraBranches.class);
            return null;
        });
    }

    private LoraLinear lora(Tensor down, Tensor up, boolean downIsTrained) {
        Tensor weight = torch.empty(up.size(0), down.size(1));
        return new LoraLinear(
                new LoraLinearTest.Plain(parameter("w", weight, false)),
                parameter("a", down, downIsTrained),
                parameter("b", up, true),
                SCALE,
                new Dropout(0, 77, 0, pass));
    }

    private static Parameter parameter(String name, Tensor tensor, boolean isTrained) {
        return new Parameter(name, tensor.requires_grad_(isTrained), true);
    }

    private static Tensor wide(Tensor tensor) {
        return tensor.to(ScalarType.Double);
    }

    private static void off(Supplier<Void> body) {
        TensorScope.run(() -> GradientMode.off(body));
    }
}
