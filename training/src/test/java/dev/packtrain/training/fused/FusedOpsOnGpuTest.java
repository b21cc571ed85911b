package dev.packtrain.training.fused;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TestGpu;
import java.util.List;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIf;

/** What a run on a GPU takes for fp32 and bf16, which is our kernels. */
@Tag("gpu")
@EnabledIf(value = TestGpu.IS_THERE, disabledReason = TestGpu.ABSENT)
class FusedOpsOnGpuTest extends FusedOpsContractTest {
    @Override
    FusedOps ops(ScalarType dtype) {
        FusedOps ops = FusedOps.of(dtype, TestGpu.DEVICE);
        assertThat(ops).isInstanceOf(NativeFusedOps.class);
        return ops;
    }

    @Override
    List<ScalarType> dtypes() {
        return List.of(ScalarType.Float, ScalarType.BFloat16);
    }

    @Override
    TensorFactory memory() {
        return new TensorFactory(TestGpu.DEVICE);
    }
}
