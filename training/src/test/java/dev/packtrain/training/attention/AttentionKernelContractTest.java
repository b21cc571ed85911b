package dev.packtrain.training.attention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.kernels.FlashMasks;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.engine.GradientMode;
import dev.packtrain.training.model.Tensors;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every attention kernel must do. The oracle is another formulation: one masked attention over the whole pack in
 * fp64, differentiated by autograd. The rule for errors is that of flash-attention's own tests: at most twice the error
 * of the plain implementation in the same precision, plus four roundings of the largest element.
 */
abstract class AttentionKernelContractTest {
    private static final List<ScalarType> DTYPES = List.of(ScalarType.Float, ScalarType.BFloat16);

    abstract AttentionKernel kernel();

    /** Documents, query heads, key/value heads, head width. */
    record Shape(int[] lengths, int numHeads, int numGroups, int headDim) {
        int[] cuSeqlens() {
            return IntStream.rangeClosed(0, lengths.length)
                    .map(d -> IntStream.of(lengths).limit(d).sum())
                    .toArray();
        }

        int numTokens() {
            return IntStream.of(lengths).sum();
        }

        @Override
        public String toString() {
            return "%d documents, %d tokens, H=%d G=%d D=%d"
                    .formatted(lengths.length, numTokens(), numHeads, numGroups, headDim);
        }
    }

    static Stream<Shape> shapes() {
        return Stream.of(
                new Shape(new int[] {1}, 2, 2, 8),
                new Shape(new int[] {1, 1, 1}, 2, 1, 8),
                new Shape(new int[] {40}, 4, 4, 16),
                new Shape(new int[] {7, 1, 33, 64, 2}, 4, 2, 16),
                new Shape(new int[] {130, 70}, 6, 1, 6),
                new Shape(IntStream.rangeClosed(1, 25).toArray(), 8, 2, 32));
    }

    private record Values(Tensor q, Tensor k, Tensor v, Tensor dO) {
        static Values random(Shape shape) {
            torch.manual_seed(shape.numTokens());
            return new Values(
                    normal(shape, shape.numHeads()),
                    normal(shape, shape.numGroups()),
                    normal(shape, shape.numGroups()),
                    normal(shape, shape.numHeads()));
        }

        private static Tensor normal(Shape shape, int numHeads) {
            return torch.randn(shape.numTokens(), numHeads, shape.headDim());
        }

        Values to(ScalarType dtype) {
            return new Values(q.to(dtype), k.to(dtype), v.to(dtype), dO.to(dtype));
        }
    }

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void isAsAccurateAsThePlainImplementation(Shape shape) {
        TensorScope.run(() -> {
            for (ScalarType dtype : DTYPES) {
                // The same rounded inputs for all: only the computation is judged.
                Values values = Values.random(shape).to(dtype);
                List<Tensor> expected = oracle(values.to(ScalarType.Double), shape);
                List<Tensor> plain = run(new ReferenceAttention(), values, shape);
                List<Tensor> actual = run(kernel(), values, shape);
                for (int i = 0; i < expected.size(); i++) {
                    double epsilon = dtype == ScalarType.Float ? 0x1p-23 : 0x1p-8;
                    double floor = 4 * epsilon * expected.get(i).abs().max().item_double();
                    assertThat(actual.get(i).scalar_type().intern()).isEqualTo(dtype);
                    assertThat(Tensors.maxError(actual.get(i), expected.get(i)))
                            .as("%s of %s", List.of("o", "dq", "dk", "dv").get(i), dtype)
                            .isLessThanOrEqualTo(2 * Tensors.maxError(plain.get(i), expected.get(i)) + floor);
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void isExactInDoublePrecision(Shape shape) {
        TensorScope.run(() -> {
            Values values = Values.random(shape).to(ScalarType.Double);
            List<Tensor> expected = oracle(values, shape);
            List<Tensor> actual = run(kernel(), values, shape);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(Tensors.maxError(actual.get(i), expected.get(i))).isLessThan(1e-12);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void equalCallsGiveEqualBits(Shape shape) {
        TensorScope.run(() -> {
            Values values = Values.random(shape);
            List<Tensor> first = run(kernel(), values, shape);
            List<Tensor> second = run(kernel(), values, shape);
            for (int i = 0; i < first.size(); i++) {
                assertThat(first.get(i).equal(second.get(i))).isTrue();
            }
        });
    }

    private static List<Tensor> run(AttentionKernel kernel, Values values, Shape shape) {
        return GradientMode.off(() -> {
            try (PackAttention pack = kernel.prepare(
                    FlashMasks.causalDocument(shape.cuSeqlens()), 1 / Math.sqrt((double) shape.headDim()))) {
                PackAttention.Forward forward = pack.forward(values.q(), values.k(), values.v());
                PackAttention.Gradients d = pack.backward(values.dO(), values.q(), values.k(), values.v(), forward);
                return List.of(forward.oTHD(), d.qTHD(), d.kTGD(), d.vTGD());
            }
        });
    }

    private static List<Tensor> oracle(Values values, Shape shape) {
        Tensor q = values.q().detach().requires_grad_(true);
        Tensor k = values.k().detach().requires_grad_(true);
        Tensor v = values.v().detach().requires_grad_(true);
        long repeats = shape.numHeads() / shape.numGroups();
        LongOptional dim = new LongOptional(1);
        Tensor kHTD = k.repeat_interleave(repeats, dim, new LongOptional()).transpose(0, 1);
        Tensor vHTD = v.repeat_interleave(repeats, dim, new LongOptional()).transpose(0, 1);
        Tensor scores = q.transpose(0, 1)
                .matmul(kHTD.transpose(1, 2))
                .mul(new Scalar(1 / Math.sqrt((double) shape.headDim())))
                .masked_fill(hidden(shape), new Scalar(Double.NEGATIVE_INFINITY));
        Tensor o = torch.softmax(scores, -1).matmul(vHTD).transpose(0, 1);
        torch.backward(
                new TensorVector(o), new TensorVector(values.dO()), new BoolOptional(false), false, new TensorVector());
        return List.of(o, q.grad(), k.grad(), v.grad());
    }

    private static Tensor hidden(Shape shape) {
        int[] documents = new int[shape.numTokens()];
        int[] cuSeqlens = shape.cuSeqlens();
        for (int doc = 0; doc < shape.lengths().length; doc++) {
            java.util.Arrays.fill(documents, cuSeqlens[doc], cuSeqlens[doc + 1], doc);
        }
        Tensor document = torch.tensor(IntStream.of(documents).asLongStream().toArray());
        Tensor other = document.unsqueeze(0).ne(document.unsqueeze(1));
        Tensor future = torch.ones_like(other).triu(1);
        return other.logical_or(future);
    }
}
