package dev.packtrain.training.loss;

import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.WeightProduct;
import java.util.Optional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Output head and cross-entropy in one, over label positions only and in chunks of rows, so that the logits of a whole
 * pack never exist. One buffer holds a chunk's logits and then, in their place, their gradient: softmax − one-hot. The
 * matrix products are in the dtype of the weights, the softmax in fp32 (fp64 for fp64 weights).
 *
 * <p>A chunk has as many rows as fit {@value #DEFAULT_LOGITS_BYTES} bytes, and at least {@value #DEFAULT_MIN_ROWS}, on a GPU
 * {@value #GPU_MIN_ROWS}: every chunk reads the weight twice and its gradient once, which few rows would not be worth. The gradient of the
 * weight is rounded to its dtype once a chunk.
 *
 * <p>A head whose rows are spread over ranks ({@link VocabularyCut}) works in the same chunks: each rank has the logits
 * of its tokens, and two small collectives a chunk make the softmax whole. What it gives as gradient of the hidden states
 * is then this rank's part, to be added up.
 *
 * <p>Shape letters: T tokens, E hidden width, V vocabulary (of this rank), N rows of a chunk.
 */
public final class LinearCrossEntropy {
    /** Rows of a chunk at least: MKL makes the logits of 128 rows at three quarters of the rate of 512. */
    public static final int DEFAULT_MIN_ROWS = 256;
    /** On a GPU, whose products outrun its memory by far: 128,256 entries in bf16 take half a gigabyte then. */
    public static final int GPU_MIN_ROWS = 2048;
    /** Bytes of a chunk's logits at most, unless the least rows take more. */
    public static final long DEFAULT_LOGITS_BYTES = 64L << 20;

    private final int minRows;
    private final int gpuMinRows;
    private final long logitsBytes;
    private final Optional<VocabularyCut> vocabulary;

    /** A whole head, in chunks of the default size. */
    public LinearCrossEntropy() {
        this(DEFAULT_MIN_ROWS, GPU_MIN_ROWS, DEFAULT_LOGITS_BYTES, Optional.empty());
    }

    /** A head that ranks share, in chunks of the default size. */
    public static LinearCrossEntropy shared(VocabularyCut vocabulary) {
        return new LinearCrossEntropy(DEFAULT_MIN_ROWS, GPU_MIN_ROWS, DEFAULT_LOGITS_BYTES, Optional.of(vocabulary));
    }

    /**
     * A whole head, in chunks of another size.
     *
     * @param minRows rows of a chunk at least (but for a shorter pack), 1 or more
     * @param logitsBytes a chunk's logits take no more, unless {@code minRows} do
     */
    public LinearCrossEntropy(int minRows, long logitsBytes) {
        this(minRows, logitsBytes, Optional.empty());
    }

    LinearCrossEntropy(int minRows, long logitsBytes, Optional<VocabularyCut> vocabulary) {
        this(minRows, minRows, logitsBytes, vocabulary);
    }

    private LinearCrossEntropy(int minRows, int gpuMinRows, long logitsBytes, Optional<VocabularyCut> vocabulary) {
        this.vocabulary = vocabulary;
        this.minRows = minRows;
        this.gpuMinRows = gpuMinRows;
        this.logitsBytes = logitsBytes;
    }

    /**
     * Loss and gradient.
     *
     * @param sum in nats
     * @param gradTE gradient of the hidden states, or this rank's part of it; zero in rows that are not scored
     */
    public record Result(double sum, Tensor gradTE) {}

    /** The sum alone, in nats. */
    public double sum(Tensor hTE, Tensor weightVE, LabelPositions labels) {
        return TensorScope.value(() -> {
            LogitsMath math = math(weightVE);
            return eachChunk(hTE, weightVE, labels, (chunk, hNE, logitsNV) -> math.loss(logitsNV, chunk.targets()));
        });
    }

    /**
     * Adds {@code gradScale · d(sum)/dW} to the weight's {@code .grad}, which is made if there is none. A weight that
     * needs no gradient (a frozen head) gets none.
     *
     * @param hTE hidden states, dtype of the weight
     * @param weightVE the head
     */
    public Result forwardBackward(Tensor hTE, Tensor weightVE, LabelPositions labels, double gradScale) {
        Tensor gradTE = torch.zeros_like(hTE);
        boolean trains = weightVE.requires_grad();
        if (trains && !weightVE.grad().defined()) {
            weightVE.mutable_grad().put(torch.zeros_like(weightVE));
        }
        double sum = TensorScope.value(() -> {
            LogitsMath math = math(weightVE);
            return eachChunk(hTE, weightVE, labels, (chunk, hNE, logitsNV) -> {
                double nats = math.lossAndGradient(logitsNV, chunk.targets(), gradScale);
                gradTE.index_copy_(0, rowsN(chunk, hTE), WeightProduct.inputGradient(logitsNV, weightVE));
                if (trains) {
                    WeightProduct.addWeightGradient(weightVE.grad(), logitsNV, hNE);
                }
                return nats;
            });
        });
        return new Result(sum, gradTE);
    }

    private LogitsMath math(Tensor weightVE) {
        return vocabulary.isPresent() ? LogitsMath.shared(weightVE, vocabulary.get()) : LogitsMath.of(weightVE);
    }

    /** What is done with a chunk's logits. */
    private interface ChunkBody {
        double nats(LabelPositions chunk, Tensor hNE, Tensor logitsNV);
    }

    private double eachChunk(Tensor hTE, Tensor weightVE, LabelPositions labels, ChunkBody body) {
        // Every rank has to make the same chunks, though the parts of the vocabulary may differ by one token.
        long width = vocabulary.isPresent() ? vocabulary.get().largestLength() : weightVE.size(0);
        int least = weightVE.is_cpu() ? minRows : gpuMinRows;
        int chunkRows = chunkRows(labels.count(), least, width * weightVE.element_size());
        Tensor buffer = torch.empty(
                new long[] {Math.min(chunkRows, labels.count()), weightVE.size(0)},
                weightVE.options(),
                new MemoryFormatOptional());
        double sum = 0;
        for (int begin = 0; begin < labels.count(); begin += chunkRows) {
            LabelPositions chunk = labels.range(begin, Math.min(begin + chunkRows, labels.count()));
            sum += TensorScope.value(() -> {
                Tensor hNE = hTE.index_select(0, rowsN(chunk, hTE));
                Tensor logitsNV = buffer.narrow(0, 0, chunk.count());
                WeightProduct.forwardInto(logitsNV, hNE, weightVE);
                return body.nats(chunk, hNE, logitsNV);
            });
        }
        return sum;
    }

    private static Tensor rowsN(LabelPositions chunk, Tensor like) {
        return TensorFactory.like(like).ints(chunk.rows());
    }

    /** Chunks of equal size, as few as {@code logitsBytes} allows. */
    private int chunkRows(int count, int least, long rowBytes) {
        int most = (int) Math.max(least, Math.min(count, logitsBytes / rowBytes));
        int numChunks = Math.max(1, (count + most - 1) / most);
        return (count + numChunks - 1) / numChunks;
    }
}
