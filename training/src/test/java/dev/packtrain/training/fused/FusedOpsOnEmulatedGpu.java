package dev.packtrain.training.fused;

import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.device.EmulatedGpu;
import java.util.List;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Run by {@link dev.packtrain.training.device.EmulatedContractsTest}. */
class FusedOpsOnEmulatedGpu extends FusedOpsContractTest {
    private final CudaPasses passes = EmulatedGpu.passes();

    @Override
    FusedOps ops(ScalarType dtype) {
        return NativeFusedOps.onGpu(dtype, passes, memory());
    }

    @Override
    List<ScalarType> dtypes() {
        return List.of(ScalarType.Float, ScalarType.BFloat16);
    }
}
