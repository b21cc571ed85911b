package dev.packtrain.training.fused;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.training.device.TensorScope;
import java.util.List;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class NativeFusedOpsTest extends FusedOpsContractTest {
    @Override
    FusedOps ops(ScalarType dtype) {
        return NativeFusedOps.onCpu(dtype);
    }

    @Override
    List<ScalarType> dtypes() {
        return List.of(ScalarType.Float, ScalarType.BFloat16);
    }

    @Test
    void refusesTensorsThatItWouldMisread() {
        TensorScope.run(() -> {
            NormScale scale = new NormScale(torch.ones(4), 1e-5);
            assertThatThrownBy(() -> ops(ScalarType.BFloat16).norm(torch.ones(2, 4), scale))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("is Float on cpu, but these kernels were made for BFloat16");
            assertThatThrownBy(() -> ops(ScalarType.Float).norm(torch.ones(4, 2).t(), scale))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("[2, 4] has strides");
        });
    }
}
