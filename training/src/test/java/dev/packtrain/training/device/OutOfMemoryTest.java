package dev.packtrain.training.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class OutOfMemoryTest {
    /** What c10's CUDACachingAllocator says, of which a first part is needed. */
    private static final String CUDA =
            """
            CUDA out of memory. Tried to allocate 20.00 GiB. GPU 1 has a total capacity of 139.81 GiB of which 18.50 GiB is free. \
            Process 77 has 121.3 GiB memory in use. Of the allocated memory 120.1 GiB is allocated by PyTorch
            Exception raised from malloc at CUDACachingAllocator.cpp:1""";

    @Test
    void libtorchsOwnWordsAreRecognised() {
        TorchRuntime.start(1);
        Throwable real = catchThrowable(() -> torch.empty(1L << 50));
        assertThat(OutOfMemory.find(real))
                .contains("the memory of this host ran out: 4194304.000 GiB more were wanted");
    }

    @Test
    void aGpuThatIsFullIsNamedWithWhatItHas() {
        assertThat(OutOfMemory.find(new IllegalStateException("step 3", new RuntimeException(CUDA))))
                .contains(
                        "the memory of GPU 1 ran out: 20.00 GiB more were wanted, and of its 139.81 GiB 18.50 GiB were free");
        assertThat(OutOfMemory.find(new RuntimeException(
                        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`\nframe #0")))
                .contains(
                        "the memory of the GPU ran out: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`");
    }

    @Test
    void nativeCodesOwnAreRecognisedAndOtherFailuresAreNot() {
        assertThat(OutOfMemory.find(new OutOfMemoryError("12 bytes cannot be mapped (errno 12)")))
                .contains("the memory of this host ran out: 12 bytes cannot be mapped (errno 12)");
        assertThat(OutOfMemory.find(new RuntimeException("std::bad_alloc"))).isPresent();
        assertThat(OutOfMemory.find(new RuntimeException("CUDA error: an illegal memory access was encountered")))
                .isEmpty();
        assertThat(OutOfMemory.find(new RuntimeException())).isEmpty();
    }
}
