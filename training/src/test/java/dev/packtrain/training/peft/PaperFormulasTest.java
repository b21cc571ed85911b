package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.engine.GradientMode;
import dev.packtrain.training.engine.PartialSums;
import dev.packtrain.training.engine.Recording;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.LinearSplit;
import dev.packtrain.training.model.Packs;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.Tensors;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers against the formulas of their papers, written as they stand there, whose gradients autograd finds; for MoRA see {@link MoraFormulaTest}. */
class PaperFormulasTest {
    private static final int TOKENS = 9;
    private static final int IN = 10;
    private static final int OUT = 6;
    private static final int RANK = 3;
    private static final double SCALE = 1.7;

    private final TrainingPass pass = new TrainingPass(5);
    private final PackedSequence pack = Packs.random(1, 31, 5, 4);
    private final Dropout none = new Dropout(0, 1, 0, pass);

    @BeforeEach
    void start() {
        TorchRuntime.start(1);
    }

    /** A frozen matrix and a bias, as the base has them. */
    record Base(Parameter weight, Parameter bias) implements Linear {
        @Override
        public Tensor apply(Tensor xTI) {
            return torch.linear(xTI, weight.tensor(), new TensorOptional(bias.tensor()));
        }

        @Override
        public LinearSplit split() {
            return LinearSplit.WHOLE;
        }

        @Override
        public List<Parameter> parameters() {
            return List.of(weight, bias);
        }
    }

    private static Base base() {
        return base(OUT);
    }

    static Base base(int numOut) {
        return new Base(parameter("w", 1, false, numOut, IN), parameter("bias", 9, false, numOut));
    }

    static Parameter parameter(String name, int seed, boolean trained, long... shape) {
        return new Parameter(name, random(seed, shape).requires_grad_(trained), true);
    }

    static Tensor random(int seed, long... shape) {
        torch.manual_seed(seed);
        return torch.randn(shape).to(ScalarType.Double);
    }

    /**
     * Outputs, and gradients of the input and of all that is trained, of a layer and of its formula.
     *
     * @param formula of x and fresh leaves with the values of {@code trained}, in this order
     */
    static void assertIs(Linear layer, List<Parameter> trained, UnaryOperator<Tensor[]> formula) {
        GradientMode.off(() -> {
            Tensor x = random(4, TOKENS, IN);
            Tensor grad = random(5, TOKENS, layer.weight().tensor().size(0));
            Tensor[] inputs = new Tensor[trained.size() + 1];
            inputs[0] = x;
            for (int i = 0; i < trained.size(); i++) {
                inputs[i + 1] = trained.get(i).tensor();
            }
            try (Recording run = Recording.of(in -> new Tensor[] {formula.apply(in)[0]}, inputs)) {
                assertThat(Tensors.relativeError(layer.apply(x), run.output(0))).isLessThan(1e-12);
                Tensor sum = random(6, TOKENS, IN);
                Tensor[] expected = run.backward(grad);
                Tensor gotX = layer.backward(x, grad, Optional.of(sum.clone()));
                assertThat(Tensors.relativeError(gotX.sub(sum), expected[0])).isLessThan(1e-12);
                for (int i = 0; i < trained.size(); i++) {
                    Tensor got = LeafGradient.of(trained.get(i).tensor());
                    assertThat(Tensors.relativeError(got, expected[i + 1]))
                            .as(trained.get(i).name())
                            .isLessThan(1e-12);
                }
                Tensor again = layer.backward(x, grad, Optional.empty());
                assertThat(Tensors.relativeError(again, expected[0])).isLessThan(1e-12);
            }
            return null;
        });
    }

    private static Tensor withBias(Tensor yTO, Base base) {
        return yTO.add(base.bias().tensor());
    }

    /** Formula 5 of arXiv 2402.09353, its norm a constant as section 4.3 has it. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.4})
    void dora(double probability) {
        TensorScope.run(() -> {
            pass.begin(pack, random(1, 1));
            Dropout dropout = new Dropout((int) (probability * 65536), 77, 0, pass);
            Base base = base();
            DoraLinear dora = dora(base, dropout);
            LoraLinear lora = dora.lora();
            assertIs(dora, List.of(lora.down(), lora.up(), dora.magnitude()), in -> {
                Tensor changeOI = in[2].mm(in[1]).mul(new Scalar(SCALE));
                Tensor normO = base.weight()
                        .tensor()
                        .add(changeOI)
                        .detach()
                        .square()
                        .sum(1)
                        .sqrt();
                Tensor zTO = in[0].mm(base.weight().tensor().t())
                        .add(dropout.of(in[0]).mm(changeOI.t()));
                return new Tensor[] {withBias(zTO.mul(in[3].div(normO)), base)};
            });
        });
    }

    private static DoraLinear dora(Base base, Dropout dropout) {
        LoraLinear lora = new LoraLinear(
                base, parameter("a", 2, true, RANK, IN), parameter("b", 3, true, OUT, RANK), SCALE, dropout);
        Tensor squaresO = base.weight().tensor().square().sum(1);
        return new DoraLinear(
                lora,
                parameter("m", 7, true, OUT),
                squaresO,
                Optional.of(base.bias().tensor()),
                PartialSums.WHOLE);
    }

    /** A pass finds the norm once; the next pass, and calls outside of passes, see what A and B have become. */
    @Test
    void theNormOfDoraIsNeverThatOfAnotherPass() {
        TensorScope.run(() -> GradientMode.off(() -> {
            Base base = base();
            DoraLinear dora = dora(base, none);
            Tensor xTI = random(4, TOKENS, IN);
            pass.begin(pack, xTI);
            assertThat(Tensors.relativeError(dora.apply(xTI), doraOf(dora, base, xTI)))
                    .isLessThan(1e-12);
            pass.end();
            dora.lora().up().tensor().mul_(new Scalar(3));
            assertThat(Tensors.relativeError(dora.apply(xTI), doraOf(dora, base, xTI)))
                    .isLessThan(1e-12);
            dora.lora().up().tensor().mul_(new Scalar(3));
            pass.begin(pack, xTI);
            assertThat(Tensors.relativeError(dora.apply(xTI), doraOf(dora, base, xTI)))
                    .isLessThan(1e-12);
            return null;
        }));
    }

    private static Tensor doraOf(DoraLinear dora, Base base, Tensor xTI) {
        LoraLinear lora = dora.lora();
        Tensor directionOI =
                base.weight().tensor().add(lora.up().tensor().mm(lora.down().tensor()), new Scalar(SCALE));
        Tensor gO = dora.magnitude().tensor().div(directionOI.square().sum(1).sqrt());
        return withBias(xTI.mm(directionOI.mul(gO.unsqueeze(1)).t()), base);
    }

    /** Formula 2 of arXiv 2406.11909 with the mixer as a matrix, and dropout before A. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.4})
    void mosLora(double probability) {
        TensorScope.run(() -> {
            pass.begin(pack, random(1, 1));
            Dropout dropout = new Dropout((int) (probability * 65536), 77, 0, pass);
            Base base = base();
            Parameter down = parameter("a", 2, true, RANK, IN);
            Parameter mixer = parameter("m", 7, true, RANK, RANK);
            Parameter up = parameter("b", 3, true, OUT, RANK);
            MixedLinear mixed = new MixedLinear(base, down, mixer, up, SCALE, dropout);
            assertIs(mixed, List.of(down, mixer, up), in -> {
                Tensor weightIO = in[3].mm(in[2]).mm(in[1]).t().mul(new Scalar(SCALE));
                Tensor branchTO = dropout.of(in[0]).mm(weightIO);
                return new Tensor[] {
                    withBias(in[0].mm(base.weight().tensor().t()).add(branchTO), base)
                };
            });
        });
    }

    /** (IA)³: {@code l ⊙ (W x + b)}, and {@code W (l ⊙ x) + b}. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void ia3(boolean scalesInput) {
        TensorScope.run(() -> {
            Base base = base();
            Parameter scale = parameter("l", 2, true, scalesInput ? 1 : OUT, scalesInput ? IN : 1);
            assertIs(new Ia3Linear(base, scale, scalesInput), List.of(scale), in -> new Tensor[] {
                scalesInput ? base.apply(in[0].mul(in[1])) : base.apply(in[0]).mul(in[1].t())
            });
        });
    }

    /** Proposition 1 of arXiv 2108.06098: the Hadamard product itself. */
    @Test
    void loha() {
        TensorScope.run(() -> {
            Base base = base();
            List<Parameter> trained = List.of(
                    parameter("b1", 2, true, OUT, RANK),
                    parameter("a1", 3, true, RANK, IN),
                    parameter("b2", 7, true, OUT, RANK),
                    parameter("a2", 8, true, RANK, IN));
            HadamardBranch branch =
                    new HadamardBranch(trained.get(0), trained.get(1), trained.get(2), trained.get(3), SCALE);
            assertIs(new BranchLinear(base, branch, none), trained, in -> {
                Tensor changeOI = in[1].mm(in[2]).mul(in[3].mm(in[4])).mul(new Scalar(SCALE));
                return new Tensor[] {
                    withBias(in[0].mm(base.weight().tensor().add(changeOI).t()), base)
                };
            });
        });
    }

    /** Section 3.2 of arXiv 2309.14859: the Kronecker product itself. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void lokr(boolean products) {
        TensorScope.run(() -> {
            Base base = base();
            KroneckerShape shape = new KroneckerShape(2, 5, 3, 2, products, products);
            List<Parameter> outer = products
                    ? List.of(parameter("w1a", 2, true, 2, 1), parameter("w1b", 3, true, 1, 5))
                    : List.of(parameter("w1", 2, true, 2, 5));
            List<Parameter> inner = products
                    ? List.of(parameter("w2a", 7, true, 3, 1), parameter("w2b", 8, true, 1, 2))
                    : List.of(parameter("w2", 7, true, 3, 2));
            KroneckerBranch branch = new KroneckerBranch(shape, outer, inner, SCALE);
            assertIs(new BranchLinear(base, branch, none), branch.parameters(), in -> {
                Tensor first = products ? in[1].mm(in[2]) : in[1];
                Tensor second = products ? in[3].mm(in[4]) : in[2];
                Tensor changeOI = torch.kron(first, second).mul(new Scalar(SCALE));
                return new Tensor[] {
                    withBias(in[0].mm(base.weight().tensor().add(changeOI).t()), base)
                };
            });
        });
    }

    /** Of LyCORIS and PEFT. */
    @ParameterizedTest
    @CsvSource({"256, -1, 16", "128, -1, 8", "127, -1, 1", "128, 4, 4", "24, 16, 4", "20, 4, 4", "20, 3, 2"})
    void factorsOfLokr(long number, int factor, long smaller) {
        assertThat(KroneckerShape.smaller(number, factor)).isEqualTo(smaller);
    }
}
