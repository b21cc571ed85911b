package dev.packtrain.training.loss;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TestGpu;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIf;

@Tag("gpu")
@EnabledIf(value = TestGpu.IS_THERE, disabledReason = TestGpu.ABSENT)
class CudaLogitsMathTest extends LogitsMathContractTest {
    @Override
    LogitsMath math(Tensor like) {
        LogitsMath math = LogitsMath.of(like);
        assertThat(math).isInstanceOf(CudaLogitsMath.class);
        return math;
    }

    @Override
    TensorFactory memory() {
        return new TensorFactory(TestGpu.DEVICE);
    }

    @Override
    LogitsMath shared(Tensor like, VocabularyCut vocabulary) {
        LogitsMath math = LogitsMath.shared(like, vocabulary);
        assertThat(math).isInstanceOf(CudaSharedLogitsMath.class);
        return math;
    }
}
