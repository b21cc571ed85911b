package dev.packtrain.training.optim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TestGpu;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIf;

@Tag("gpu")
@EnabledIf(value = TestGpu.IS_THERE, disabledReason = TestGpu.ABSENT)
class CudaFlatMathTest extends CudaFlatMathContractTest {
    @Override
    FlatMath math() {
        FlatMath math = FlatMath.of(TestGpu.DEVICE);
        assertThat(math).isInstanceOf(CudaFlatMath.class);
        return math;
    }

    @Override
    TensorFactory memory() {
        return new TensorFactory(TestGpu.DEVICE);
    }
}
