package dev.packtrain.training.attention;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TestGpu;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf(value = TestGpu.IS_THERE, disabledReason = TestGpu.ABSENT)
class FlashMaskCudaAttentionTest extends GpuAttentionContractTest {
    @Override
    AttentionKernel kernel(ComputeDevice device) {
        return new FlashMaskCudaAttention(device);
    }

    @Override
    Stream<AttentionCase> cases() {
        return Stream.concat(AttentionCase.documents(), AttentionCase.others())
                .filter(shape -> shape.headDim() >= 32 && shape.headDim() % 16 == 0);
    }
}
