package dev.packtrain.training.attention;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.kernels.cuda.FlashMaskCuda;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.device.EmulatedGpu;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Run by {@link dev.packtrain.training.device.EmulatedContractsTest}. */
class FlashMaskCheckOnEmulatedGpu {
    private final CudaPasses passes = EmulatedGpu.passes();
    private final FlashMaskCudaAttention kernel =
            new FlashMaskCudaAttention(FlashMaskCuda.load(0), EmulatedGpu.MEMORY, EmulatedGpu.NAME, passes::stream);

    @Test
    void rightKernelsAreTaken() {
        kernel.requireRight(ScalarType.BFloat16, 32);
        kernel.requireRight(ScalarType.Half, 48);
    }

    @ParameterizedTest
    @CsvSource({
        "flash_mask_forward, flash_mask_forward",
        "flash_mask_row_sums, flash_mask_backward_query",
        "flash_mask_backward_query, flash_mask_backward_query",
        "flash_mask_backward_key, flash_mask_backward_key"
    })
    void aKernelThatLeavesItsLastBlockOutEndsTheRunByItsName(String kernelName, String named) {
        EmulatedGpu.leaveOut(kernelName + "_bf16_d32", 1);
        try {
            assertThatThrownBy(() -> kernel.requireRight(ScalarType.BFloat16, 32))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageStartingWith(
                            "Packtrain's kernel " + named + " (bf16) computes wrongly on " + EmulatedGpu.NAME)
                    .hasMessageContaining(
                            "leave use_flash_attention and flash_mask out, or set use_flash_attention to false");
        } finally {
            EmulatedGpu.leaveOut(kernelName + "_bf16_d32", 0);
        }
    }
}
