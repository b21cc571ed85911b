package dev.packtrain.training.loss;

import dev.packtrain.kernels.CrossEntropyRows;
import dev.packtrain.kernels.ElementType;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Logits of this rank's tokens only, fp32 and bf16 on the CPU: the kernel reads them once for the statistics of the row,
 * which the ranks put together in fp64, and once more for the gradient. Two collectives, as {@link TorchSharedLogitsMath}.
 */
final class CpuSharedLogitsMath implements LogitsMath {
    private final CrossEntropyRows kernel = CrossEntropyRows.forThisMachine();
    private final TensorFactory factory = new TensorFactory(ComputeDevice.CPU);
    private final VocabularyCut vocabulary;
    private final ElementType format;

    CpuSharedLogitsMath(VocabularyCut vocabulary, ElementType format) {
        this.vocabulary = vocabulary;
        this.format = format;
    }

    /**
     * Of the whole vocabulary, a row each.
     *
     * @param largest {@code m = max x}
     * @param sums {@code Σ exp(x − m)}
     * @param nats over all rows
     */
    private record Softmax(float[] largest, double[] sums, double nats) {}

    @Override
    public double loss(Tensor logitsNV, int[] targets) {
        return softmax(logitsNV, vocabulary.columns(targets)).nats();
    }

    @Override
    public double lossAndGradient(Tensor logitsNV, int[] targets, double scale) {
        int[] here = vocabulary.columns(targets);
        Softmax softmax = softmax(logitsNV, here);
        kernel.partGradient(
                format, address(logitsNV), logitsNV.size(1), here, softmax.largest(), softmax.sums(), scale);
        return softmax.nats();
    }

    private Softmax softmax(Tensor logitsNV, int[] here) {
        CrossEntropyRows.PartStatistics mine = kernel.statistics(format, address(logitsNV), logitsNV.size(1), here);
        int numRows = here.length;
        Tensor largestN = factory.floats(mine.largest());
        vocabulary.max(largestN);
        float[] largest = new float[numRows];
        largestN.data_ptr_float().get(largest);
        double[] statistics = new double[2 * numRows];
        for (int row = 0; row < numRows; row++) {
            // A part of minus infinities has no exponentials to add.
            boolean empty = mine.largest()[row] == Float.NEGATIVE_INFINITY;
            double rest = (double) mine.largest()[row] - largest[row];
            statistics[row] = empty ? 0 : mine.sums()[row] * StrictMath.exp(rest);
            statistics[numRows + row] = here[row] < 0 ? 0 : (double) mine.targetLogits()[row] - largest[row];
        }
        Tensor statistics2N = factory.empty(ScalarType.Double, statistics.length);
        statistics2N.data_ptr_double().put(statistics);
        vocabulary.sum(statistics2N);
        statistics2N.data_ptr_double().get(statistics);
        double nats = 0;
        for (int row = 0; row < numRows; row++) {
            nats += StrictMath.log(statistics[row]) - statistics[numRows + row];
        }
        return new Softmax(largest, Arrays.copyOf(statistics, numRows), nats);
    }

    private static long address(Tensor tensor) {
        return tensor.data_ptr().address();
    }
}
