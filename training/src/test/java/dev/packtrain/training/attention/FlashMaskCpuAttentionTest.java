package dev.packtrain.training.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.kernels.FlashMasks;
import dev.packtrain.training.device.TensorScope;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class FlashMaskCpuAttentionTest extends AttentionKernelContractTest {
    @Override
    AttentionKernel kernel() {
        return new FlashMaskCpuAttention();
    }

    @Override
    boolean isFreeOfThreads() {
        return true;
    }

    @Override
    boolean takesAnyMask() {
        return true;
    }

    @Override
    Set<ScalarType> dtypes() {
        return Set.of(ScalarType.Float, ScalarType.BFloat16);
    }

    @Test
    void whatItCannotComputeIsRefused() {
        TensorScope.run(() -> {
            try (PackAttention pack = kernel().prepare(FlashMasks.causal(3), 1)) {
                Tensor doubles = torch.randn(3, 2, 32).to(ScalarType.Double);
                assertThatThrownBy(() -> pack.forward(doubles, doubles, doubles))
                        .hasMessageContaining("was given Double; use reference");
                Tensor wide = torch.randn(3, 2, 257);
                assertThatThrownBy(() -> pack.forward(wide, wide, wide)).hasMessageContaining("heads of width 257");
                Tensor right = torch.randn(3, 2, 32);
                Tensor longer = torch.randn(4, 2, 32);
                assertThatThrownBy(() -> pack.forward(longer, right, right))
                        .hasMessageContaining("prepared for 3 queries and was given 4");
                assertThatThrownBy(() -> pack.forward(right, right, longer)).hasMessageContaining("3 values");
            }
        });
    }

    @Test
    void itSaysWhichInstructionsItUses() {
        assertThat(kernel().name()).startsWith("flash-mask-cpu (");
    }
}
