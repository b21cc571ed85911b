package dev.packtrain.training.device;

import dev.packtrain.kernels.CpuCapabilities;
import dev.packtrain.kernels.CpuFeature;
import java.util.Locale;
import java.util.Optional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Products of many rows with a weight matrix, by the fastest library that libtorch has for them.
 *
 * <p>libtorch multiplies fp32 matrices with MKL, which keeps AVX-512 from CPUs that are not Intel's. oneDNN, its library for
 * bf16, does not: with many rows it is 5 to 15 % faster on Zen 4, and twice as fast on Zen 5 ({@code docs/benchmarks.md}). So on
 * such CPUs fp32 products whose gradient autograd is not asked for are oneDNN's, all others are libtorch's choice. Which one it
 * is depends on the CPU and the shape alone, so equal runs give equal bits.
 */
public final class WeightProduct {
    /** Below, the conversion of the weight into oneDNN's layout costs more than it brings. */
    static final int MIN_ROWS = 128;

    /** Of a weight's gradient: rows, and numbers in the narrower operand; below, transposing one costs more than it brings. */
    static final int MIN_GRADIENT_ROWS = 256;

    static final int MIN_GRADIENT_WIDTH = 128;
    static final long MIN_GRADIENT_NUMBERS = 1 << 17;

    /** Outputs that are computed at a time where all of them would take much memory in between. */
    static final int BLOCK = 2048;

    /** Of a weight's gradient in one piece. */
    static final long WHOLE_NUMBERS = 1 << 22;

    private static final int SLOW_STRIDE = 512;
    private static final int FEW_OUTPUTS = 1024;

    private WeightProduct() {}

    /** {@code x·Wᵀ}, a new tensor, from {@code [T, I]} and {@code [O, I]} to {@code [T, O]}; the bias, {@code [O]}, is added to every row. */
    public static Tensor forward(Tensor xTI, Tensor weightOI, Optional<Tensor> biasO) {
        if (isOneDnns(xTI, weightOI) && (Cpu.HAS_WIDE_UNITS || !hasSlowStride(weightOI))) {
            return OneDnnProduct.linear(xTI, weightOI, biasO);
        }
        return biasO.isPresent()
                ? torch.linear(xTI, weightOI, new TensorOptional(biasO.get()))
                : torch.linear(xTI, weightOI);
    }

    /** {@code dy·W}, the gradient of {@link #forward}'s input, a new tensor: {@code [T, I]}. */
    public static Tensor inputGradient(Tensor gradTO, Tensor weightOI) {
        return isOneDnns(gradTO, weightOI)
                ? TensorScope.one(() -> OneDnnProduct.linear(gradTO, weightOI.t(), Optional.empty()))
                : gradTO.mm(weightOI);
    }

    /** {@code sum += dy·W}, where oneDNN has to make the product first. */
    public static Tensor addInputGradient(Tensor sumTI, Tensor gradTO, Tensor weightOI) {
        if (isOneDnns(gradTO, weightOI)) {
            TensorScope.run(() -> sumTI.add_(inputGradient(gradTO, weightOI)));
            return sumTI;
        }
        return sumTI.addmm_(gradTO, weightOI);
    }

    /** {@code out = x·Wᵀ}, for a weight of many outputs. */
    public static void forwardInto(Tensor outTO, Tensor xTI, Tensor weightOI) {
        if (Cpu.HAS_WIDE_UNITS && isOneDnns(xTI, weightOI)) {
            writeByOneDnn(outTO, xTI, weightOI);
        } else {
            torch.mm_out(outTO, xTI, weightOI.t());
        }
    }

    /** Some outputs at a time, because oneDNN copies the weight into a layout of its own. */
    static void writeByOneDnn(Tensor outTO, Tensor xTI, Tensor weightOI) {
        eachBlock(weightOI.size(0), (first, length) -> outTO.narrow(1, first, length)
                .copy_(OneDnnProduct.linear(xTI, weightOI.narrow(0, first, length), Optional.empty())));
    }

    /** {@code sum += dyᵀ·x}, the gradient of {@link #forward}'s weight, {@code [O, I]}, from {@code [T, O]} and {@code [T, I]}. */
    public static void addWeightGradient(Tensor sumOI, Tensor gradTO, Tensor xTI) {
        if (isOneDnnsGradient(gradTO, xTI)) {
            addByOneDnn(sumOI, gradTO, xTI);
        } else {
            sumOI.addmm_(gradTO.t(), xTI);
        }
    }

    /** The operator wants contiguous rows in its first operand, so one of the two is transposed: what is less to do. */
    static void addByOneDnn(Tensor sumOI, Tensor gradTO, Tensor xTI) {
        if (xTI.numel() + sumOI.numel() < gradTO.numel() && sumOI.numel() <= WHOLE_NUMBERS) {
            TensorScope.run(() -> sumOI.add_(OneDnnProduct.linear(xTI.t().contiguous(), gradTO.t(), Optional.empty())
                    .t()));
            return;
        }
        eachBlock(gradTO.size(1), (first, length) -> sumOI.narrow(0, first, length)
                .add_(OneDnnProduct.linear(
                        gradTO.narrow(1, first, length).t().contiguous(), xTI.t(), Optional.empty())));
    }

    private interface BlockBody {
        void compute(long first, long length);
    }

    private static void eachBlock(long numOutputs, BlockBody body) {
        for (long first = 0; first < numOutputs; first += BLOCK) {
            long begin = first;
            TensorScope.run(() -> body.compute(begin, Math.min(BLOCK, numOutputs - begin)));
        }
    }

    /** Which library multiplies fp32 matrices on this CPU, and why: one sentence for a person. */
    public static String describe() {
        return Cpu.IS_FASTER_WITH_ONEDNN
                ? "fp32 products with weights are made by oneDNN, because MKL keeps AVX-512 from this CPU."
                : "fp32 products with weights are made by MKL, because this CPU is Intel's or has no AVX-512.";
    }

    private static boolean isOneDnns(Tensor rows, Tensor weight) {
        return Cpu.IS_FASTER_WITH_ONEDNN
                && rows.size(0) >= MIN_ROWS
                && rows.scalar_type().intern() == ScalarType.Float
                && rows.device().is_cpu()
                && rows.is_contiguous()
                && weight.is_contiguous()
                && !GradMode.is_enabled();
    }

    private static boolean isOneDnnsGradient(Tensor gradTO, Tensor xTI) {
        return Cpu.HAS_WIDE_UNITS
                && gradTO.size(0) >= MIN_GRADIENT_ROWS
                && Math.min(gradTO.size(1), xTI.size(1)) >= MIN_GRADIENT_WIDTH
                && Math.min(gradTO.numel(), xTI.numel()) >= MIN_GRADIENT_NUMBERS
                && isOneDnns(gradTO, xTI);
    }

    /** Rows of a multiple of 2 KiB fall into the same cache lines when oneDNN reads few of them across: on Zen 4 160 instead of 210 GFLOP/s. */
    private static boolean hasSlowStride(Tensor weightOI) {
        return weightOI.size(1) % SLOW_STRIDE == 0 && weightOI.size(0) < FEW_OUTPUTS;
    }

    /** Asked once. */
    private static final class Cpu {
        static final boolean IS_FASTER_WITH_ONEDNN = isFasterWithOneDnn(CpuCapabilities.probe());
        static final boolean HAS_WIDE_UNITS = hasWideUnits(CpuCapabilities.probe());
    }

    static boolean isFasterWithOneDnn(CpuCapabilities cpu) {
        return cpu.features().contains(CpuFeature.AVX512F)
                && !cpu.brand().toLowerCase(Locale.ROOT).contains("intel");
    }

    /**
     * Whether MKL's 256-bit code leaves half of the CPU's units idle: Zen 4 works on 512 bits in two halves, Zen 5, with which AMD
     * introduced AVX-VNNI, at once.
     */
    static boolean hasWideUnits(CpuCapabilities cpu) {
        return isFasterWithOneDnn(cpu) && cpu.features().contains(CpuFeature.AVX_VNNI);
    }
}
