package dev.packtrain.training.loss;

import dev.packtrain.training.device.TensorFactory;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Logits of this rank's tokens only, any dtype on any device; softmax in fp32, fp64 for fp64 logits. With m the largest logit of a row over all
 * ranks, found first, the ranks add up {@code Σ exp(x − m)} and {@code x_t − m}, which is the target's on the rank that
 * holds it and 0 elsewhere (Shoeybi et al. 2019, arXiv 1909.08053, section 3). Two collectives, of N and 2·N numbers.
 */
final class TorchSharedLogitsMath implements LogitsMath {
    private final VocabularyCut vocabulary;

    TorchSharedLogitsMath(VocabularyCut vocabulary) {
        this.vocabulary = vocabulary;
    }

    /**
     * A chunk after the collectives.
     *
     * @param exponentialsNV {@code exp(x − m)} of this rank's tokens
     * @param statistics2N of the whole vocabulary: {@code Σ exp(x − m)}, {@code x_t − m}
     * @param places of the targets that this rank holds, in the flat logits
     */
    private record Chunk(Tensor exponentialsNV, Tensor statistics2N, Tensor places) {
        double nats() {
            return TorchSharedLogitsMath.nats(statistics2N);
        }
    }

    /**
     * The loss over all rows.
     *
     * @param statistics2N of the whole vocabulary: {@code Σ exp(x − m)}, {@code x_t − m}
     */
    static double nats(Tensor statistics2N) {
        return statistics2N
                .select(0, 0)
                .log()
                .sub(statistics2N.select(0, 1))
                .to(ScalarType.Double)
                .sum()
                .item_double();
    }

    @Override
    public double loss(Tensor logitsNV, int[] targets) {
        return chunk(TorchLogitsMath.wide(logitsNV).clone(), targets).nats();
    }

    @Override
    public double lossAndGradient(Tensor logitsNV, int[] targets, double scale) {
        Chunk chunk = chunk(TorchLogitsMath.wide(logitsNV), targets);
        Tensor sumN1 = chunk.statistics2N().select(0, 0).unsqueeze(1);
        Tensor factorN1 = torch.ones_like(sumN1).mul(new Scalar(scale)).div(sumN1);
        Tensor gradNV = chunk.exponentialsNV().mul_(factorN1);
        Tensor flat = gradNV.view(-1);
        Tensor scales = torch.ones_like(flat.index_select(0, chunk.places())).mul(new Scalar(-scale));
        flat.index_add_(0, chunk.places(), scales);
        if (!gradNV.is_alias_of(logitsNV)) {
            logitsNV.copy_(gradNV);
        }
        return chunk.nats();
    }

    /** Overwrites {@code wideNV}. */
    private Chunk chunk(Tensor wideNV, int[] targets) {
        Tensor largestN1 = wideNV.amax(new long[] {1}, true);
        vocabulary.max(largestN1);
        wideNV.sub_(largestN1);
        TensorFactory factory = TensorFactory.like(wideNV);
        int[] rows = rowsHere(targets);
        long width = wideNV.size(1);
        Tensor places = factory.longs(IntStream.of(rows).mapToLong(row -> row * width + column(targets[row])));
        Tensor marginsN = factory.zeros(wideNV.scalar_type().intern(), targets.length);
        marginsN.index_copy_(0, factory.ints(rows), wideNV.view(-1).index_select(0, places));
        wideNV.exp_();
        Tensor sumsN = wideNV.sum(new long[] {1}, false, new ScalarTypeOptional());
        Tensor statistics2N = torch.stack(new TensorVector(sumsN, marginsN));
        vocabulary.sum(statistics2N);
        return new Chunk(wideNV, statistics2N, places);
    }

    /** Rows whose target this rank holds. */
    private int[] rowsHere(int[] targets) {
        int from = vocabulary.from();
        return IntStream.range(0, targets.length)
                .filter(row -> targets[row] >= from && targets[row] < from + vocabulary.length())
                .toArray();
    }

    private int column(int target) {
        return target - vocabulary.from();
    }
}
