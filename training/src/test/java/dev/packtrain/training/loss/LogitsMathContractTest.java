package dev.packtrain.training.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.Tensors;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What kernels for logits must do: what libtorch's operations do. */
abstract class LogitsMathContractTest {
    private static final int ROWS = 23;
    private static final int VOCAB = 2_011;
    private static final double SCALE = 0.125;

    abstract LogitsMath math(Tensor like);

    abstract LogitsMath shared(Tensor like, VocabularyCut vocabulary);

    /** Makes the tensors that are worked on. */
    TensorFactory memory() {
        return new TensorFactory(ComputeDevice.CPU);
    }

    @BeforeAll
    static void start() {
        TorchRuntime.start(2);
    }

    @ParameterizedTest
    @EnumSource(
            value = ScalarType.class,
            names = {"Float", "BFloat16"})
    void libtorchsOperationsGiveTheSame(ScalarType dtype) {
        TensorScope.run(() -> {
            torch.manual_seed(3);
            Tensor ours = memory().toDevice(
                            torch.randn(ROWS, VOCAB).mul_(new Scalar(4.0)).to(dtype));
            Tensor torchs = ours.clone();
            int[] targets =
                    IntStream.range(0, ROWS).map(row -> row * 97 % VOCAB).toArray();
            targets[1] = VOCAB - 1;
            double expected = new TorchLogitsMath().lossAndGradient(torchs, targets, SCALE);
            LogitsMath math = math(ours);
            assertThat(math.loss(ours, targets)).isCloseTo(expected, within(1e-6 * expected));
            assertThat(math.lossAndGradient(ours, targets, SCALE)).isCloseTo(expected, within(1e-6 * expected));
            assertThat(Tensors.relativeError(ours, torchs)).isLessThan(dtype == ScalarType.Float ? 1e-5 : 0x1p-7);
        });
    }

    @ParameterizedTest
    @EnumSource(
            value = ScalarType.class,
            names = {"Float", "BFloat16"})
    void aPartOfTheVocabularyGivesItsPartOfTheGradient(ScalarType dtype) {
        TensorScope.run(() -> {
            torch.manual_seed(4);
            Tensor whole = memory().toDevice(
                            torch.randn(ROWS, VOCAB).mul_(new Scalar(4.0)).to(dtype));
            int[] targets =
                    IntStream.range(0, ROWS).map(row -> row * 97 % VOCAB).toArray();
            for (int[] part : new int[][] {{0, 1_000}, {1_000, VOCAB}}) {
                Tensor ours = whole.narrow(1, part[0], part[1] - part[0]).contiguous();
                VocabularyCut vocabulary = new KnownRest(whole, targets, part[0], part[1]);
                Tensor torchs = whole.clone();
                double expected = new TorchLogitsMath().lossAndGradient(torchs, targets, SCALE);
                LogitsMath math = shared(ours, vocabulary);
                assertThat(math.loss(ours, targets)).isCloseTo(expected, within(1e-6 * expected));
                assertThat(math.lossAndGradient(ours, targets, SCALE)).isCloseTo(expected, within(1e-6 * expected));
                Tensor wanted = torchs.narrow(1, part[0], part[1] - part[0]);
                assertThat(Tensors.relativeError(ours, wanted)).isLessThan(dtype == ScalarType.Float ? 1e-5 : 0x1p-7);
            }
        });
    }

    /** One rank of two, where the other's logits are known. */
    private record KnownRest(Tensor wholeNV, int[] targets, int from, int end) implements VocabularyCut {
        @Override
        public int length() {
            return end - from;
        }

        @Override
        public int largestLength() {
            return length();
        }

        @Override
        public void max(Tensor tensor) {
            tensor.copy_(wholeNV.amax(new long[] {1}, false).view(tensor.shape()));
        }

        /** Adds what the other rank has: sums of exponentials, and the margins of its targets. */
        @Override
        public void sum(Tensor statistics2N) {
            Tensor wideNV = wholeNV.to(ScalarType.Double);
            Tensor restNV = wideNV.sub(wideNV.amax(new long[] {1}, true));
            int rest = (int) wholeNV.size(1) - end;
            Tensor othersNV = from == 0 ? restNV.narrow(1, end, rest) : restNV.narrow(1, 0, from);
            Tensor[] both = {othersNV.exp().sum(new long[] {1}, false, new ScalarTypeOptional()), margins(restNV)};
            statistics2N.add_(torch.stack(new TensorVector(both)).view(statistics2N.shape()));
        }

        private Tensor margins(Tensor restNV) {
            TensorFactory memory = TensorFactory.like(restNV);
            double[] elsewhere = new double[targets.length];
            int[] here = columns(targets);
            for (int row = 0; row < targets.length; row++) {
                elsewhere[row] = here[row] < 0 ? 1 : 0;
            }
            Tensor targetsN1 = memory.ints(targets).unsqueeze(1);
            return restNV.gather(1, targetsN1).squeeze(1).mul(memory.doubles(elsewhere));
        }

        @Override
        public Tensor gather(Tensor logitsNV) {
            return wholeNV;
        }
    }
}
