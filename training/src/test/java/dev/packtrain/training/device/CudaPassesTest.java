package dev.packtrain.training.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.FusedKernels;
import org.junit.jupiter.api.Test;

class CudaPassesTest {
    /** Of which no machine has so many. */
    private static final ComputeDevice ABSENT = new ComputeDevice(ComputeDevice.Kind.CUDA, 99);

    @Test
    void kernelsThatCannotBeHadAreAnErrorOnlyWhereTheyAreDemanded() {
        CudaPasses.choose(ABSENT, FusedKernels.OWN);
        assertThatThrownBy(() -> CudaPasses.on(ABSENT))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("use_fused_kernels is true, and cannot be had here: ");
        CudaPasses.choose(ABSENT, FusedKernels.AUTO);
        assertThat(CudaPasses.on(ABSENT)).isEmpty();
        assertThat(CudaPasses.describe(ABSENT)).contains("libtorch's operations, which take longer, because");
    }

    @Test
    void libtorchsOperationsAreSaidToBeChosen() {
        CudaPasses.choose(ABSENT, FusedKernels.LIBTORCH);
        assertThat(CudaPasses.on(ABSENT)).isEmpty();
        assertThat(CudaPasses.describe(ABSENT)).endsWith("libtorch's operations, because use_fused_kernels is false.");
    }
}
