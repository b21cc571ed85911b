package dev.packtrain.training.loss;

import dev.packtrain.kernels.ElementType;
import dev.packtrain.kernels.cuda.CrossEntropyCuda;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.device.TensorFactory;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Logits of this rank's tokens only, fp32 and bf16 on a GPU: a kernel reads them for the statistics of the row, which the ranks
 * put together in fp64, and another once more for the gradient. Two collectives, as {@link TorchSharedLogitsMath}.
 */
final class CudaSharedLogitsMath implements LogitsMath {
    private final CrossEntropyCuda kernel;
    private final CudaPasses passes;
    private final VocabularyCut vocabulary;
    private final ElementType format;

    CudaSharedLogitsMath(CudaPasses passes, VocabularyCut vocabulary, ElementType format) {
        this.kernel = passes.kernels().crossEntropy();
        this.passes = passes;
        this.vocabulary = vocabulary;
        this.format = format;
    }

    /**
     * A chunk after the collectives.
     *
     * @param targetsN columns of the targets, −1 where another rank holds them
     * @param largestN fp32, {@code m = max x} over the whole vocabulary
     * @param statistics2N fp64, of the whole vocabulary: {@code Σ exp(x − m)}, {@code x_t − m}
     */
    private record Chunk(Tensor targetsN, Tensor largestN, Tensor statistics2N) {
        double nats() {
            return TorchSharedLogitsMath.nats(statistics2N);
        }
    }

    @Override
    public double loss(Tensor logitsNV, int[] targets) {
        return chunk(logitsNV, targets).nats();
    }

    @Override
    public double lossAndGradient(Tensor logitsNV, int[] targets, double scale) {
        Chunk chunk = chunk(logitsNV, targets);
        Tensor sumsN = chunk.statistics2N().select(0, 0).to(ScalarType.Float);
        kernel.partGradient(format, part(logitsNV, chunk.targetsN(), chunk.largestN(), sumsN), scale, passes.stream());
        return chunk.nats();
    }

    private Chunk chunk(Tensor logitsNV, int[] targets) {
        TensorFactory memory = TensorFactory.like(logitsNV);
        int[] here = vocabulary.columns(targets);
        Tensor targetsN = memory.ints(here);
        Tensor mineN = memory.empty(ScalarType.Float, here.length);
        Tensor sumsN = memory.empty(ScalarType.Float, here.length);
        Tensor logitsN = memory.empty(ScalarType.Float, here.length);
        CrossEntropyCuda.Part part = part(logitsNV, targetsN, mineN, sumsN);
        kernel.statistics(format, part, logitsN.data_ptr().address(), passes.stream());
        Tensor largestN = mineN.clone();
        vocabulary.max(largestN);
        // A part of minus infinities has no exponentials to add: exp(−∞) times no sum.
        Tensor restN = mineN.to(ScalarType.Double).sub(largestN).exp();
        Tensor heldN = memory.doubles(
                Arrays.stream(here).mapToDouble(column -> column < 0 ? 0 : 1).toArray());
        Tensor marginsN = logitsN.to(ScalarType.Double).sub(largestN).mul(heldN);
        Tensor statistics2N = torch.stack(new TensorVector(restN.mul(sumsN), marginsN));
        vocabulary.sum(statistics2N);
        return new Chunk(targetsN, largestN, statistics2N);
    }

    private static CrossEntropyCuda.Part part(Tensor logitsNV, Tensor targetsN, Tensor largestN, Tensor sumsN) {
        return new CrossEntropyCuda.Part(
                logitsNV.data_ptr().address(),
                targetsN.data_ptr().address(),
                largestN.data_ptr().address(),
                sumsN.data_ptr().address(),
                logitsNV.size(0),
                logitsNV.size(1));
    }
}
