package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import org.junit.jupiter.api.Test;

class FlashMaskAttentionTest {
    private static final ElementType FP32 = ElementType.FP32;

    private final FlashMaskAttention kernel = new FlashMaskAttention(AttentionVariant.PORTABLE, 1);

    @Test
    void picksTheFastestVariantThatTheCpuCanRun() {
        EnumSet<CpuFeature> avx512 = EnumSet.of(
                CpuFeature.AVX2,
                CpuFeature.FMA,
                CpuFeature.AVX512F,
                CpuFeature.AVX512BW,
                CpuFeature.AVX512DQ,
                CpuFeature.AVX512VL);
        assertThat(fastestWith(EnumSet.noneOf(CpuFeature.class))).isEqualTo(AttentionVariant.PORTABLE);
        assertThat(fastestWith(EnumSet.of(CpuFeature.AVX2))).isEqualTo(AttentionVariant.PORTABLE);
        assertThat(fastestWith(EnumSet.of(CpuFeature.AVX2, CpuFeature.FMA))).isEqualTo(AttentionVariant.AVX2);
        assertThat(fastestWith(avx512)).isEqualTo(AttentionVariant.AVX512);
        avx512.add(CpuFeature.AVX512_BF16);
        assertThat(fastestWith(avx512)).isEqualTo(AttentionVariant.AVX512_BF16);
        avx512.add(CpuFeature.AMX_NOT_LENT);
        assertThat(fastestWith(avx512)).isEqualTo(AttentionVariant.AVX512);
        avx512.remove(CpuFeature.AMX_NOT_LENT);
        avx512.addAll(EnumSet.of(CpuFeature.AMX_TILE, CpuFeature.AMX_BF16));
        assertThat(fastestWith(avx512)).isEqualTo(AttentionVariant.AMX);
        assertThat(FlashMaskAttention.forThisMachine().variant())
                .isEqualTo(AttentionVariant.fastestOn(CpuCapabilities.probe()));
    }

    @Test
    void variantsForBf16AreAvx512ForFp32() {
        for (AttentionVariant variant : AttentionVariant.values()) {
            boolean ofBf16 = variant == AttentionVariant.AVX512_BF16 || variant == AttentionVariant.AMX;
            assertThat(variant.of(ElementType.FP32)).isEqualTo(ofBf16 ? AttentionVariant.AVX512 : variant);
            assertThat(variant.of(ElementType.BF16)).isEqualTo(variant);
        }
    }

    private static AttentionVariant fastestWith(EnumSet<CpuFeature> features) {
        return AttentionVariant.fastestOn(new CpuCapabilities("test", features, 1));
    }

    @Test
    void refusesShapesThatItCannotCompute() {
        assertThatThrownBy(() -> new AttentionShape(0, 1, 64, 1, FP32)).hasMessageContaining("0 heads and 1 kv heads");
        assertThatThrownBy(() -> new AttentionShape(4, 3, 64, 1, FP32)).hasMessageContaining("a multiple of kv heads");
        for (int headDim : new int[] {0, 16, 40, 72, 272}) {
            assertThatThrownBy(() -> new AttentionShape(1, 1, headDim, 1, FP32))
                    .hasMessageContaining("size " + headDim)
                    .hasMessageContaining("multiples of 16 from 32 to 256");
        }
        for (double scale : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> new AttentionShape(1, 1, 64, scale, FP32)).hasMessageContaining("scale " + scale);
        }
        assertThatThrownBy(() -> new FlashMaskAttention(AttentionVariant.PORTABLE, -1))
                .hasMessageContaining("-1 threads");
    }

    @Test
    void countsTheOperationsOfVisibleScores() {
        AttentionShape shape = new AttentionShape(8, 2, 64, 0.125, FP32);
        assertThat(shape.forwardFlops(10)).isEqualTo(4.0 * 64 * 8 * 10);
        assertThat(shape.backwardFlops(10)).isEqualTo(10.0 * 64 * 8 * 10);
    }

    @Test
    void refusesWhatWouldCrash() {
        try (PreparedMask mask = kernel.prepare(FlashMasks.causal(2))) {
            HeadTensor good = HeadTensor.contiguous(64, 1, 32);
            HeadTensor none = HeadTensor.contiguous(0, 1, 32);
            AttentionTensors noK = new AttentionTensors(good, none, good, good, 64);
            AttentionTensors noLse = new AttentionTensors(good, good, good, good, 0);
            AttentionTensors odd = new AttentionTensors(new HeadTensor(64, 33, 32), good, good, good, 64);
            AttentionShape fp32 = new AttentionShape(1, 1, 32, 1, FP32);
            AttentionShape bf16 = new AttentionShape(1, 1, 32, 1, ElementType.BF16);
            assertThatThrownBy(() -> kernel.forward(mask, fp32, noK)).hasMessageContaining("address 0 for k");
            assertThatThrownBy(() -> kernel.forward(mask, fp32, noLse)).hasMessageContaining("log-sum-exps");
            assertThatThrownBy(() -> kernel.forward(mask, bf16, odd)).hasMessageContaining("33 a row");
            AttentionTensors all = new AttentionTensors(good, good, good, good, 64);
            AttentionTensors.Gradients noDv = new AttentionTensors.Gradients(good, good, good, none);
            assertThatThrownBy(() -> kernel.backward(mask, fp32, all, noDv)).hasMessageContaining("gradient of v");
        }
    }

    @Test
    void refusesAMaskThatIsClosed() {
        PreparedMask mask = kernel.prepare(FlashMasks.causal(2));
        mask.close();
        assertThatCode(mask::close).doesNotThrowAnyException();
        HeadTensor tensor = HeadTensor.contiguous(64, 1, 32);
        AttentionTensors tensors = new AttentionTensors(tensor, tensor, tensor, tensor, 64);
        assertThatThrownBy(() -> kernel.forward(mask, new AttentionShape(1, 1, 32, 1, FP32), tensors))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }
}
