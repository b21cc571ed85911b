package dev.packtrain.training.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Run by {@link EmulatedContractsTest}. */
class PassesCheckOnEmulatedGpu {
    @BeforeAll
    static void start() {
        TorchRuntime.start(2);
    }

    @Test
    void rightKernelsAreTakenAndTheRandomNumbersStayTheRunsOwn() {
        TensorScope.run(() -> {
            torch.manual_seed(1);
            Tensor untouched = torch.randn(8);
            torch.manual_seed(1);
            EmulatedGpu.checked();
            assertThat(torch.randn(8).equal(untouched)).isTrue();
            assertThat(torch.globalContext().deterministicFillUninitializedMemory())
                    .isFalse();
        });
    }

    static Stream<String> kernels() {
        Stream<String> both = Stream.of(
                        "norm",
                        "renorm",
                        "norm_grad",
                        "norm_weight_grad",
                        "norm_weight_sum",
                        "rope",
                        "swiglu",
                        "swiglu_grad",
                        "cross_entropy",
                        "softmax_statistics",
                        "softmax_part_gradient",
                        "squares")
                .flatMap(name -> Stream.of(name + "_fp32", name + "_bf16"));
        return Stream.concat(both, Stream.of("adamw_step", "quantized_dequantize_bf16", "quantized_product_bf16"));
    }

    /** What is named is what the kernel is a part of: two passes make the gradient of a norm's weight, two the loss of a part. */
    private static String named(String kernel) {
        return kernel.replace("norm_weight_sum", "norm_weight_grad")
                .replaceFirst("softmax_(statistics|part_gradient)", "softmax_part")
                .replaceFirst("_(fp32|bf16)$", "");
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void aKernelThatLeavesItsLastBlockOutEndsTheRunByItsName(String kernel) {
        EmulatedGpu.leaveOut(kernel, 1);
        try {
            assertThatThrownBy(EmulatedGpu::checked)
                    .isInstanceOf(BadInputException.class)
                    .hasMessageStartingWith("Packtrain's kernel " + named(kernel) + " ")
                    .hasMessageContainingAll(
                            "computes wrongly on GPU 0 (emulated GPU): a result is off by ",
                            "set use_fused_kernels to false",
                            "report this");
            assertThat(torch.globalContext().deterministicFillUninitializedMemory())
                    .isFalse();
        } finally {
            EmulatedGpu.leaveOut(kernel, 0);
        }
    }

    /** Not one that is missing, without which a run goes on. */
    @Test
    void aKernelThatFailsEndsTheRunToo() {
        EmulatedGpu.leaveOut("rope_bf16", -1);
        try {
            assertThatThrownBy(EmulatedGpu::checked)
                    .isInstanceOf(BadInputException.class)
                    .hasMessageStartingWith(
                            "Packtrain's kernels fail on GPU 0 (emulated GPU) when they are checked (The CUDA driver answered the launch of rope_bf16 with error 700")
                    .hasMessageContainingAll("set use_fused_kernels to false", "report this");
        } finally {
            EmulatedGpu.leaveOut("rope_bf16", 0);
        }
    }
}
