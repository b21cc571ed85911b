package dev.packtrain.training.fused;

import java.util.List;
import org.bytedeco.pytorch.global.torch.ScalarType;

class TorchFusedOpsTest extends FusedOpsContractTest {
    @Override
    FusedOps ops(ScalarType dtype) {
        return new TorchFusedOps();
    }

    @Override
    List<ScalarType> dtypes() {
        return List.of(ScalarType.Float, ScalarType.BFloat16, ScalarType.Double);
    }
}
