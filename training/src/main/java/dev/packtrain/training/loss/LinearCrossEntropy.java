package dev.packtrain.training.loss;

import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Output head and cross-entropy in one, over label positions only and in chunks of rows, so that the logits of a whole
 * pack never exist. Softmax in fp32 (fp64 for fp64 weights); the gradient of the logits is softmax − one-hot.
 *
 * <p>Shape letters: T tokens, E hidden width, V vocabulary, N rows of a chunk.
 */
public final class LinearCrossEntropy {
    private static final int DEFAULT_CHUNK_ROWS = 1024;

    private final int chunkRows;

    /** Chunks of 1,024 rows. */
    public LinearCrossEntropy() {
        this(DEFAULT_CHUNK_ROWS);
    }

    /** Chunks of {@code chunkRows} rows, at least 1. */
    public LinearCrossEntropy(int chunkRows) {
        this.chunkRows = chunkRows;
    }

    /**
     * Loss and gradient.
     *
     * @param sum in nats
     * @param gradTE gradient of the hidden states, zero in rows that are not scored
     */
    public record Result(double sum, Tensor gradTE) {}

    /** The sum alone, in nats. */
    public double sum(Tensor hTE, Tensor weightVE, LabelPositions labels) {
        double sum = 0;
        for (int begin = 0; begin < labels.count(); begin += chunkRows) {
            Chunk chunk = chunk(labels, begin);
            sum += TensorScope.value(() -> {
                Tensor logits = logits(chunk.hidden(hTE), weightVE);
                return chunk.nats(logits, torch.logsumexp(logits, new long[] {1}, true));
            });
        }
        return sum;
    }

    /**
     * Adds {@code gradScale · d(sum)/dW} to the weight's {@code .grad}, which is made if there is none.
     *
     * @param hTE hidden states, dtype of the weight
     * @param weightVE the head
     */
    public Result forwardBackward(Tensor hTE, Tensor weightVE, LabelPositions labels, double gradScale) {
        Tensor gradTE = torch.zeros_like(hTE);
        Tensor gradVE = weightGradient(weightVE);
        double sum = 0;
        for (int begin = 0; begin < labels.count(); begin += chunkRows) {
            Chunk chunk = chunk(labels, begin);
            sum += TensorScope.value(() -> chunkBackward(chunk, hTE, weightVE, gradScale, gradTE, gradVE));
        }
        return new Result(sum, gradTE);
    }

    private static double chunkBackward(
            Chunk chunk, Tensor hTE, Tensor weightVE, double gradScale, Tensor gradTE, Tensor gradVE) {
        Tensor hNE = chunk.hidden(hTE);
        Tensor logitsNV = logits(hNE, weightVE);
        Tensor lseN1 = torch.logsumexp(logitsNV, new long[] {1}, true);
        final double nats = chunk.nats(logitsNV, lseN1);
        Tensor dLogits = logitsNV.sub_(lseN1).exp_();
        Tensor minusOne = TensorFactory.like(dLogits)
                .ones(dLogits.scalar_type().intern(), chunk.count(), 1)
                .neg();
        dLogits.scatter_add_(1, chunk.targetsN1(dLogits), minusOne).mul_(new Scalar(gradScale));
        Tensor d = dLogits.to(hTE.scalar_type().intern());
        gradTE.index_copy_(0, chunk.rowsN(hTE), d.matmul(weightVE));
        gradVE.addmm_(d.t(), hNE);
        return nats;
    }

    private static Tensor weightGradient(Tensor weightVE) {
        if (!weightVE.grad().defined()) {
            weightVE.mutable_grad().put(torch.zeros_like(weightVE));
        }
        return weightVE.grad();
    }

    private static Tensor logits(Tensor hNE, Tensor weightVE) {
        Tensor logits = torch.linear(hNE, weightVE);
        return logits.scalar_type().intern() == ScalarType.Double ? logits : logits.to(ScalarType.Float);
    }

    private Chunk chunk(LabelPositions labels, int begin) {
        int end = Math.min(begin + chunkRows, labels.count());
        return new Chunk(
                Arrays.copyOfRange(labels.rows(), begin, end), Arrays.copyOfRange(labels.targets(), begin, end));
    }

    private record Chunk(int[] rows, int[] targets) {
        int count() {
            return rows.length;
        }

        Tensor rowsN(Tensor like) {
            return TensorFactory.like(like).ints(rows);
        }

        Tensor targetsN1(Tensor like) {
            return TensorFactory.like(like).ints(targets).unsqueeze(1);
        }

        Tensor hidden(Tensor hTE) {
            return hTE.index_select(0, rowsN(hTE));
        }

        double nats(Tensor logitsNV, Tensor lseN1) {
            Tensor picked = logitsNV.gather(1, targetsN1(logitsNV));
            return lseN1.sub(picked).to(ScalarType.Double).sum().item_double();
        }
    }
}
