package dev.packtrain.jobs.plan;

import dev.packtrain.training.engine.ActivationBytes;
import dev.packtrain.training.loss.LinearCrossEntropy;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import dev.packtrain.training.options.Precision;
import dev.packtrain.training.peft.Adaptation;
import dev.packtrain.training.peft.RankShape;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Bytes of one rank, at most at any time of a step, on its device.
 *
 * @param weights what the model computes with
 * @param gradients sums of gradients
 * @param states moments and the rest of the master weights
 * @param activations kept for the backward pass
 * @param buffers gathered weights and gradients of single passes, logits of a chunk, results of single operations
 * @param offloaded not on the device, in none of the others: in host memory or in files
 */
public record RankMemory(long weights, long gradients, long states, long activations, long buffers, long offloaded) {
    /** What is sent at a time, elements. */
    private static final long BUCKET = 1L << 24;

    /** Buckets that are summed at a time where that takes temporary memory in fp32. */
    private static final int TEMPORARIES = 4;

    /**
     * Adds up.
     *
     * @param mesh of {@code work.parallel()}
     */
    public static RankMemory of(Workload work, DeviceMesh mesh) {
        Elements elements = Elements.of(work, mesh.tensor());
        State state = State.of(work, mesh, elements);
        boolean offload = work.parallel().offload() != Offload.NONE;
        boolean weightsToo = offload && work.parallel().sharding() == Sharding.STAGE3;
        // On a GPU, a collective writes the sums of gradients, so they stay there.
        boolean gradientsToo = weightsToo && work.parallel().offload() == Offload.DISK;
        State there = new State(
                weightsToo ? 0 : state.weights(), gradientsToo ? 0 : state.gradients(), offload ? 0 : state.states());
        return new RankMemory(
                there.weights(),
                there.gradients(),
                there.states(),
                activations(work, mesh.tensor()),
                buffers(work, mesh, elements),
                state.total() - there.total());
    }

    /**
     * What grows with the parameters (Rajbhandari et al. 2020, arXiv 1910.02054): for Ψ parameters on n ranks of the shard
     * axis in bf16 2Ψ of weights, 4Ψ of gradients (2Ψ where a step is one pass), 2Ψ that complete fp32 masters, 8Ψ of
     * moments; stage 1 divides states, stage 2 gradients, stage 3 weights by n. Frozen weights have nothing else, and stage 3
     * divides them too; some methods have numbers in fp32 beside the moments; quantised ones take what {@link dev.packtrain.training.quantize.QuantizedWeights#bytes} says.
     */
    private record State(long weights, long gradients, long states) {
        long total() {
            return weights + gradients + states;
        }

        static State of(Workload work, DeviceMesh mesh, Elements elements) {
            Sharding stage = work.parallel().sharding();
            int moments = 2 * (work.lowPrecisionMoments() ? Short.BYTES : Float.BYTES);
            int statistics = Float.BYTES
                    * work.adaptation().map(each -> each.statistics().size()).orElse(0);
            int remainders = work.precision() == Precision.BF16 ? Short.BYTES : 0;
            long trained = elements.trained();
            long share = ceil(trained, mesh.shard());
            long weights = elements.weightBytes(work.elementBytes());
            long gradients =
                    stage.compareTo(Sharding.STAGE2) >= 0 ? share * Float.BYTES : trained * sumBytes(work, mesh);
            return new State(
                    stage == Sharding.STAGE3 ? ceil(weights, mesh.shard()) : weights,
                    gradients,
                    (stage == Sharding.NONE ? trained : share) * (moments + remainders + statistics));
        }
    }

    /**
     * Of a gradient's sum that every rank keeps whole: fp32 where passes are added up in it, or replicas by an all-reduce. A
     * reduce-scatter adds up in fp32 by itself.
     */
    static int sumBytes(Workload work, DeviceMesh mesh) {
        boolean addsUp = work.passes() > 1 || (mesh.shard() == 1 && mesh.data() > 1);
        return addsUp ? Float.BYTES : work.elementBytes();
    }

    /** What the engine keeps of one pack: it frees a pack's before it begins the next. */
    static long activations(Workload work, int tensor) {
        DecoderConfig model = work.model();
        ParallelOptions parallel = work.parallel();
        long rows = parallel.sequenceParallel() ? ceil(work.rows(), tensor) : work.rows();
        RankShape rank = new RankShape(model, tensor);
        return new ActivationBytes(
                                work.rows(),
                                rows,
                                model.hiddenSize(),
                                model.numAttentionHeads() / tensor,
                                rank.keyValueHeads(),
                                model.headDim(),
                                model.intermediateSize() / tensor,
                                model.attention().queryKeyNorm(),
                                work.elementBytes())
                        .peak(model.numHiddenLayers(), parallel.recompute())
                + work.elementBytes()
                        * work.adaptation()
                                .map(each -> kept(each, rank, rows, work))
                                .orElse(0L);
    }

    /** What methods beside the linears keep; where blocks are made again, that of one block at a time. */
    private static long kept(Adaptation adaptation, RankShape rank, long rows, Workload work) {
        LongStream ofBlocks = IntStream.rangeClosed(1, rank.model().numHiddenLayers())
                .mapToLong(part -> adaptation.numKeptElements(rank, part, rows, work.documents()));
        return adaptation.numKeptElements(rank, 0, rows, work.documents())
                + (work.parallel().recompute() == Recompute.FULL
                        ? ofBlocks.max().orElse(0)
                        : ofBlocks.sum());
    }

    private static long buffers(Workload work, DeviceMesh mesh, Elements elements) {
        Sharding stage = work.parallel().sharding();
        boolean spread = stage.compareTo(Sharding.STAGE2) >= 0;
        boolean gathers = stage == Sharding.STAGE3;
        boolean passBuffer = spread || sumBytes(work, mesh) != work.elementBytes();
        // A block's gradients of a pass are summed while those of the next are made; likewise weights are gathered.
        long gathered =
                gathers ? 2 * elements.blockBytes(work.elementBytes()) + elements.end() * work.elementBytes() : 0;
        long gradientBlocks = spread ? 2 : passBuffer ? 1 : 0;
        long gradients = gradientBlocks * elements.trainedBlock() + (passBuffer ? elements.trainedEnd() : 0);
        long parts = gathered + gradients * work.elementBytes();
        long temporary = mesh.shard() > 1 && work.passes() > 1
                ? TEMPORARIES * Math.min(BUCKET, elements.trained()) / mesh.shard() * Float.BYTES
                : 0;
        return parts + temporary + Math.max(logits(work, mesh.tensor()), operation(work, mesh.tensor()));
    }

    /**
     * A chunk of the loss, and the gradient of the hidden states. libtorch's operations have the logits of a chunk in fp32 too, and the
     * exponentials of a whole vocabulary beside them.
     */
    private static long logits(Workload work, int tensor) {
        long columns = ceil(work.model().vocabSize(), tensor);
        long row = columns * work.elementBytes();
        long copies = work.libtorchOperations() ? wideCopies(work, 1) + (tensor > 1 ? 0 : 1) : 0;
        long rows = Math.max(
                LinearCrossEntropy.GPU_MIN_ROWS,
                Math.min(work.packTokens(), LinearCrossEntropy.DEFAULT_LOGITS_BYTES / row));
        return Math.min(rows, work.packTokens()) * (row + copies * columns * Float.BYTES)
                + 2L * work.rows() * work.model().hiddenSize() * work.elementBytes();
    }

    /**
     * The feed-forward half backward: SwiGLU again, its gradient, the norm again, two gradients of the stream. libtorch's operations make
     * SwiGLU's gradient of its three operands in fp32 by way of eight matrices.
     */
    private static long operation(Workload work, int tensor) {
        DecoderConfig model = work.model();
        long width = model.intermediateSize() / tensor;
        long temporary = work.libtorchOperations() ? (wideCopies(work, 3) + 8) * width * Float.BYTES : 0;
        return ((2 * width + 3L * model.hiddenSize()) * work.elementBytes() + temporary) * work.rows();
    }

    /** Of so many operands: fp32 ones are what they are. */
    private static long wideCopies(Workload work, int operands) {
        return work.precision() == Precision.BF16 ? operands : 0;
    }

    static long ceil(long number, int parts) {
        return (number + parts - 1) / parts;
    }

    /** On the device. */
    public long total() {
        return weights + gradients + states + activations + buffers;
    }
}
