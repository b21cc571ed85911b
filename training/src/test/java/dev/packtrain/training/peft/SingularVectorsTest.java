package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.TensorSplit;
import dev.packtrain.training.model.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SingularVectorsTest {
    private static final int RANK = 8;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    private static Tensor matrix(long rows, long columns) {
        TensorSplit whole = TensorSplit.whole(new long[] {rows, columns});
        Tensor noise = ReproducibleBits.uniform(3, whole, 1).to(ScalarType.Double);
        // Weights are not flat: the values fall as a power of their number.
        Tensor falling = torch.arange(new Scalar(1), new Scalar((double) columns + 1))
                .to(ScalarType.Double)
                .pow(new Scalar(-0.7));
        return noise.mul(falling);
    }

    /** The best approximation of its rank is unique, where singular vectors have a sign to choose. */
    @Test
    void theFastWayFindsWhatTheFullOneDoes() {
        TensorScope.run(() -> {
            for (long[] shape : new long[][] {{60, 90}, {90, 60}, {200, 40}}) {
                Tensor matrix = matrix(shape[0], shape[1]);
                SingularVectors full = SingularVectors.of(matrix, RANK, true, 1);
                SingularVectors fast = SingularVectors.of(matrix, RANK, false, 1);
                assertThat(Tensors.relativeError(fast.values(), full.values())).isLessThan(1e-4);
                double best = matrix.sub(product(full)).norm().item_double();
                assertThat(matrix.sub(product(fast)).norm().item_double() / best)
                        .isBetween(1 - 1e-9, 1 + 1e-4);
                assertThat(Tensors.maxError(
                                fast.left().t().mm(fast.left()), torch.eye(RANK).to(ScalarType.Double)))
                        .isLessThan(1e-12);
                assertThat(SingularVectors.of(matrix, RANK, false, 1).left().equal(fast.left()))
                        .as("again")
                        .isTrue();
            }
        });
    }

    private static Tensor product(SingularVectors vectors) {
        return vectors.left().mul(vectors.values()).mm(vectors.right());
    }

    @Test
    void moreThanThereAreIsRefused() {
        TensorScope.run(() -> assertThatThrownBy(() -> SingularVectors.of(matrix(6, 20), RANK, false, 1))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("lora_rank is 8")
                .hasMessageContaining("6 singular values"));
    }
}
