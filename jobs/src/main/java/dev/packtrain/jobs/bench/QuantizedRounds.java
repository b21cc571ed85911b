package dev.packtrain.jobs.bench;

import dev.packtrain.kernels.QuantizedLayout;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.quantize.QuantizedProduct;
import dev.packtrain.training.quantize.QuantizedWeights;
import dev.packtrain.training.quantize.WeightQuantizer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** One matrix, quantised and as numbers, and products of both with the same operand, each once a round. */
final class QuantizedRounds {
    private final QuantizedProduct fused;
    private final QuantizedProduct panels;
    private final Tensor bytesB;
    private final Tensor weightOI;
    private final Tensor xTI;
    private final Tensor gradTO;

    /** Tensors belong to the current scope. */
    QuantizedRounds(QuantizationOptions options, ScalarType dtype, long numOut, long numIn, long numTokens) {
        QuantizedLayout layout = QuantizedWeights.layout(options, new long[] {numOut, numIn}, 0, 0, numOut);
        Tensor exact = torch.randn(numOut, numIn);
        bytesB = WeightQuantizer.quantize(layout, numOut, (first, count) -> exact.narrow(0, first, count));
        fused = QuantizedProduct.onCpu(layout, dtype, Long.MAX_VALUE);
        panels = QuantizedProduct.onCpu(layout, dtype, 0);
        weightOI = fused.dense(bytesB);
        xTI = torch.randn(numTokens, numIn).to(dtype);
        gradTO = torch.randn(numTokens, numOut).to(dtype);
    }

    /**
     * Medians over the rounds.
     *
     * @param dense seconds of libtorch's product with the numbers
     * @param fused seconds of this project's with the codes
     * @param panels seconds of libtorch's with a panel of numbers after the other
     * @param fusedSpeedup dense over fused, of the same round
     * @param panelsSpeedup dense over panels, of the same round
     */
    record Result(double dense, double fused, double panels, double fusedSpeedup, double panelsSpeedup) {}

    /** @param transposed {@code dy·W} instead of {@code x·Wᵀ} */
    Result run(int rounds, boolean transposed, DeviceClock clock) {
        double[] dense = new double[rounds];
        double[] withCodes = new double[rounds];
        double[] byPanels = new double[rounds];
        double[] fusedSpeedup = new double[rounds];
        double[] panelsSpeedup = new double[rounds];
        for (int round = -1; round < rounds; round++) {
            double whole = clock.seconds(dense(transposed));
            double codes = clock.seconds(product(fused, transposed));
            double panel = clock.seconds(product(panels, transposed));
            if (round >= 0) {
                dense[round] = whole;
                withCodes[round] = codes;
                byPanels[round] = panel;
                fusedSpeedup[round] = whole / codes;
                panelsSpeedup[round] = whole / panel;
            }
        }
        return new Result(
                BenchFigures.median(dense),
                BenchFigures.median(withCodes),
                BenchFigures.median(byPanels),
                BenchFigures.median(fusedSpeedup),
                BenchFigures.median(panelsSpeedup));
    }

    private Runnable dense(boolean transposed) {
        return transposed ? () -> gradTO.mm(weightOI) : () -> torch.linear(xTI, weightOI);
    }

    private Runnable product(QuantizedProduct product, boolean transposed) {
        return transposed ? () -> product.transposed(bytesB, gradTO) : () -> product.apply(bytesB, xTI);
    }
}
