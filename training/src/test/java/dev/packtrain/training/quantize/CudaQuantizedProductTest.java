package dev.packtrain.training.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.kernels.QuantizedLayout;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TestGpu;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIf;

@Tag("gpu")
@EnabledIf(value = TestGpu.IS_THERE, disabledReason = TestGpu.ABSENT)
class CudaQuantizedProductTest extends QuantizedOnGpuContractTest {
    @Override
    QuantizedProduct product(QuantizedLayout layout) {
        QuantizedProduct product = QuantizedProduct.of(layout, ScalarType.BFloat16, TestGpu.DEVICE);
        assertThat(product).isInstanceOf(CudaQuantizedProduct.class);
        return product;
    }

    @Override
    TensorFactory memory() {
        return new TensorFactory(TestGpu.DEVICE);
    }
}
