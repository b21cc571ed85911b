package dev.packtrain.training.attention;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TestGpu;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf(value = TestGpu.IS_THERE, disabledReason = TestGpu.ABSENT)
class FlashAttention2VarlenTest extends GpuAttentionContractTest {
    @Override
    AttentionKernel kernel(ComputeDevice device) {
        return new FlashAttention2Varlen();
    }

    @Override
    Stream<AttentionCase> cases() {
        return AttentionCase.documents().filter(shape -> shape.headDim() % 8 == 0);
    }
}
