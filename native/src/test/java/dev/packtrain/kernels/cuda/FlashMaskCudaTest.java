package dev.packtrain.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.kernels.FlashMasks;
import dev.packtrain.kernels.GpuCapabilities;
import dev.packtrain.kernels.GpuCapabilities.Gpu;
import dev.packtrain.kernels.KernelUnavailableException;
import dev.packtrain.kernels.cuda.GpuAttentionShape.Element;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlashMaskCudaTest {
    @Test
    void absenceOfAGpuSaysWhatIsMissing() {
        GpuCapabilities none = new GpuCapabilities(List.of(), "no NVIDIA driver: libcuda.so.1 is missing", "");
        assertThatThrownBy(() -> GpuModule.requireGpu(none, 0))
                .isInstanceOf(KernelUnavailableException.class)
                .hasMessageContaining("no NVIDIA driver")
                .hasMessageContaining("device cpu");
    }

    @Test
    void anOldGpuAndOneTooManyAreRefusedByName() {
        GpuCapabilities old = new GpuCapabilities(List.of(new Gpu("Tesla V100", 16L << 30, 7, 0)), "", "13.0");
        assertThatThrownBy(() -> GpuModule.requireGpu(old, 0))
                .isInstanceOf(KernelUnavailableException.class)
                .hasMessageContaining("Tesla V100, has compute capability 7.0");
        assertThatThrownBy(() -> GpuModule.requireGpu(old, 1))
                .isInstanceOf(KernelUnavailableException.class)
                .hasMessageContaining("GPU 1 was asked for, and this process sees 1");
        GpuModule.requireGpu(new GpuCapabilities(List.of(new Gpu("NVIDIA A100", 40L << 30, 8, 0)), "", "13.0"), 0);
    }

    @Test
    void whatTheKernelsCannotComputeIsRefused() {
        for (int headDim : new int[] {16, 72, 100, 272}) {
            assertThatThrownBy(() -> new GpuAttentionShape(8, 2, headDim, Element.BF16, 0.1))
                    .hasMessageContaining("multiples of 16 from 32 to 256 and were given heads of " + headDim);
        }
        assertThatThrownBy(() -> new GpuAttentionShape(8, 3, 64, Element.BF16, 0.1))
                .hasMessageContaining("8 query heads and 3");
        assertThatThrownBy(() -> new GpuAttentionShape(8, 2, 64, Element.FP16, 0))
                .hasMessageContaining("multiplied by 0.0");
        assertThatThrownBy(() -> new DeviceMatrix(8, 64, 64)).hasMessageContaining("0x8 with strides of 64 and 64");
        assertThatThrownBy(() -> new DeviceMatrix(16, 60, 64)).hasMessageContaining("strides of 60");
    }

    @Test
    void argumentsLieWhereTheKernelsReadThem() {
        FlashMaskTiles tiles = FlashMaskTiles.of(FlashMasks.causalDocument(new int[] {0, 130}));
        GpuAttentionShape shape = new GpuAttentionShape(8, 2, 64, Element.BF16, 0.125);
        DeviceMatrix q = new DeviceMatrix(0x1000, 512, 64);
        DeviceMatrix k = new DeviceMatrix(0x2000, 128, 64);
        ByteBuffer bytes = new FlashMaskArguments(
                        shape,
                        tiles,
                        new FlashMaskCuda.Operands(q, k, k, q),
                        null,
                        new FlashMaskCuda.Workspace(0x3000, 0x4000, 0x5000))
                .toBytes()
                .order(ByteOrder.nativeOrder());
        assertThat(bytes.remaining()).isEqualTo(FlashMaskArguments.NUM_BYTES);
        assertThat(bytes.getLong(0)).isEqualTo(0x1000);
        assertThat(bytes.getInt(8)).isEqualTo(512);
        assertThat(bytes.getLong(16)).isEqualTo(0x2000);
        assertThat(bytes.getLong(8 * 16)).isEqualTo(0x4000);
        assertThat(bytes.getLong(8 * 16 + 16)).isEqualTo(0x3000);
        assertThat(bytes.getLong(8 * 16 + 24)).isEqualTo(0x3000 + 16 * 192);
        assertThat(bytes.getInt(8 * 16 + 72)).isEqualTo(130);
        assertThat(bytes.getInt(8 * 16 + 80)).isEqualTo(256);
        assertThat(bytes.getInt(8 * 16 + 84)).isEqualTo(4);
        assertThat(bytes.getFloat(8 * 16 + 88)).isEqualTo(0.125f);
        assertThat(bytes.getInt(8 * 16 + 92)).isEqualTo(64);
    }
}
