package dev.packtrain.training.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TestGpu;
import dev.packtrain.training.options.AttentionOption;
import java.util.Map;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;

class AttentionChoiceTest {
    private static final ComputeDevice GPU = new ComputeDevice(ComputeDevice.Kind.CUDA, 0);

    private static AttentionChoice choose(AttentionOption wanted, ComputeDevice device, ScalarType dtype) {
        return AttentionChoice.of(wanted, device, dtype);
    }

    @Test
    void withoutFlashAttentionItIsThePlainFormulaAnywhere() {
        AttentionChoice choice = choose(AttentionOption.PLAIN, ComputeDevice.CPU, ScalarType.BFloat16);
        assertThat(choice.describe())
                .isEqualTo("Attention is computed by reference, because use_flash_attention is false.");
        assertThat(choose(AttentionOption.PLAIN, GPU, ScalarType.Float).kernel().name())
                .isEqualTo("reference");
    }

    @Test
    void aRunPicksTheFastestByItself() {
        Map<ScalarType, String> names = Map.of(ScalarType.Float, "fp32", ScalarType.BFloat16, "bf16");
        names.forEach((dtype, name) -> assertThat(
                        choose(AttentionOption.AUTO, ComputeDevice.CPU, dtype).describe())
                .startsWith("Attention is computed by flash-mask-cpu (")
                .endsWith("because it is the fastest for " + name + " on this CPU and takes every mask."));
        assertThat(choose(AttentionOption.AUTO, ComputeDevice.CPU, ScalarType.Double)
                        .kernel()
                        .name())
                .isEqualTo("reference");
        assertThat(choose(AttentionOption.AUTO, GPU, ScalarType.BFloat16)
                        .kernel()
                        .name())
                .isEqualTo("flash-attention-2-varlen");
    }

    @Test
    void aModelWithWindowsGetsAKernelThatKnowsThem() {
        AttentionChoice onCpu = AttentionChoice.of(AttentionOption.AUTO, ComputeDevice.CPU, ScalarType.Float, true);
        assertThat(onCpu.kernel().name()).startsWith("flash-mask-cpu");
        assertThat(AttentionChoice.of(AttentionOption.AUTO, GPU, ScalarType.Float, true)
                        .describe())
                .isEqualTo(
                        "Attention is computed by reference, because the model has sliding windows, and nothing faster for Float on a GPU knows them.");
    }

    @Test
    @DisabledIf(TestGpu.IS_THERE)
    void withoutTheKernelsThatKnowWindowsTheRunSaysWhatIsMissing() {
        assertThat(AttentionChoice.of(AttentionOption.AUTO, GPU, ScalarType.BFloat16, true)
                        .describe())
                .startsWith("Attention is computed by reference, because the model has sliding windows")
                .contains("there is no GPU");
    }

    @Test
    void headsThatAreWiderThanAKernelTakesGetThePlainFormula() {
        assertThat(AttentionChoice.of(AttentionOption.AUTO, ComputeDevice.CPU, ScalarType.Float, true, 258)
                        .describe())
                .isEqualTo(
                        "Attention is computed by reference, because the model's head_dim is 258, and what is faster takes 1 to 256.");
        assertThat(AttentionChoice.of(AttentionOption.AUTO, ComputeDevice.CPU, ScalarType.Float, true, 256)
                        .kernel())
                .isInstanceOf(FlashMaskCpuAttention.class);
        assertThat(AttentionChoice.of(AttentionOption.AUTO, GPU, ScalarType.Float, false, 258)
                        .kernel())
                .isInstanceOf(SdpaAttention.class);
        assertThatThrownBy(() ->
                        AttentionChoice.of(AttentionOption.FLASH, ComputeDevice.CPU, ScalarType.Float, false, 258))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("head_dim is 258 and Packtrain's own attention kernels take 1 to 256");
    }

    @Test
    void onAGpuDocumentsInSixteenBitsGoInOneCall() {
        assertThat(AttentionChoice.of(AttentionOption.AUTO, GPU, ScalarType.BFloat16, false, 128)
                        .kernel())
                .isInstanceOf(FlashAttention2Varlen.class);
        for (int headDim : new int[] {100, 264}) {
            assertThat(AttentionChoice.of(AttentionOption.AUTO, GPU, ScalarType.BFloat16, false, headDim)
                            .describe())
                    .startsWith("Attention is computed by sdpa, because the model's head_dim is " + headDim);
        }
        assertThat(AttentionChoice.of(AttentionOption.AUTO, GPU, ScalarType.Float, false, 128)
                        .describe())
                .isEqualTo("Attention is computed by sdpa, because nothing faster computes in Float on a GPU.");
    }

    @Test
    void aRecipeMayAskForFlashAttention() {
        assertThat(choose(AttentionOption.FLASH, ComputeDevice.CPU, ScalarType.Float)
                        .describe())
                .startsWith("Attention is computed by flash-mask-cpu (")
                .endsWith("because use_flash_attention or flash_mask is true.");
    }

    @Test
    void kernelsThatAreAskedForAndMissingAreAnError() {
        assertThatThrownBy(() -> choose(AttentionOption.FLASH, ComputeDevice.CPU, ScalarType.Double))
                .hasMessageContaining("none for Double on CPU");
        assertThatThrownBy(() -> choose(AttentionOption.FLASH, GPU, ScalarType.Float))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("flash_mask")
                .hasMessageContaining("none for Float on CUDA");
    }

    @Test
    @DisabledIf(TestGpu.IS_THERE)
    void gpuKernelsWithoutAGpuAreAnErrorAndNoFallback() {
        assertThatThrownBy(() -> choose(AttentionOption.FLASH, GPU, ScalarType.BFloat16))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("flash_mask is true, and cannot be had here")
                .hasMessageContaining("there is no GPU");
    }
}
