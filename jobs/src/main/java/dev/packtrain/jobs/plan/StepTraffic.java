package dev.packtrain.jobs.plan;

import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import java.util.ArrayList;
import java.util.List;

/**
 * What a rank sends in a step.
 *
 * <p>Ψ is the bytes of the parameters of a rank's tensor part. Data parallelism sends 2Ψ, as ZeRO's stages 1 and 2 do with a
 * reduce-scatter of gradients and an all-gather of weights; stage 3 gathers weights before the forward and again before the
 * backward pass, 3Ψ (Rajbhandari et al. 2020, arXiv 1910.02054, section 7); times (n − 1)/n, as each rank has its own part.
 * Stages 2 and 3 sum gradients after every pass, and so send that much for every pack of a step.
 *
 * <p>Tensor parallelism adds up the stream twice a block forward and twice backward (Shoeybi et al. 2019, arXiv 1909.08053);
 * sequence parallelism does the same with a reduce-scatter and an all-gather, which is as much, and gathers the inputs of
 * the column-parallel layers once more backward (Korthikanti et al. 2022, arXiv 2205.05198, section 4.2.2).
 */
final class StepTraffic {
    private static final String SHARD = "shard";
    private static final String DATA = "data";
    private static final String TENSOR = "tensor";
    private static final String REDUCE_SCATTER = "reduce-scatter";
    private static final String ALL_GATHER = "all-gather";

    private final Workload work;
    private final DeviceMesh mesh;
    private final Elements elements;
    private final List<Transfer> transfers = new ArrayList<>();

    private StepTraffic(Workload work, DeviceMesh mesh) {
        this.work = work;
        this.mesh = mesh;
        this.elements = Elements.of(work, mesh.tensor());
    }

    static List<Transfer> of(Workload work, DeviceMesh mesh) {
        StepTraffic traffic = new StepTraffic(work, mesh);
        if (mesh.shard() > 1) {
            traffic.overShards();
        }
        if (mesh.data() > 1) {
            traffic.overReplicas();
        }
        if (mesh.tensor() > 1) {
            traffic.overTensorGroup();
        }
        return List.copyOf(traffic.transfers);
    }

    private void overShards() {
        int ranks = mesh.shard();
        Sharding stage = work.parallel().sharding();
        double trained = (double) elements.trained() * work.elementBytes();
        double gradients = stage == Sharding.STAGE1
                ? (double) elements.trained() * RankMemory.sumBytes(work, mesh)
                : trained * work.passes();
        transfers.add(Transfer.half(SHARD, REDUCE_SCATTER, "gradients", ranks, gradients));
        if (stage == Sharding.STAGE3) {
            double weights = elements.weightBytes(work.elementBytes());
            transfers.add(Transfer.half(
                    SHARD, ALL_GATHER, "weights, forward and backward", ranks, 2 * weights * work.passes()));
        } else {
            transfers.add(Transfer.half(SHARD, ALL_GATHER, "new weights", ranks, trained));
        }
    }

    private void overReplicas() {
        double share = mesh.shard() > 1
                ? (double) RankMemory.ceil(elements.trained(), mesh.shard()) * Float.BYTES
                : (double) elements.trained() * RankMemory.sumBytes(work, mesh);
        transfers.add(Transfer.whole(DATA, "gradients", mesh.data(), share));
    }

    private void overTensorGroup() {
        int ranks = mesh.tensor();
        double stream = (double) work.rows() * work.model().hiddenSize() * work.elementBytes() * work.passes();
        int blocks = work.model().numHiddenLayers();
        // Two sums a block each way, and those of the embedding forward and of the head backward.
        double sums = 4.0 * blocks + 2;
        // A block that is made again adds up its attention half once more.
        double again = work.parallel().recompute() == Recompute.FULL ? blocks : 0;
        if (work.parallel().sequenceParallel()) {
            transfers.add(Transfer.half(TENSOR, REDUCE_SCATTER, "the residual stream", ranks, (sums + again) * stream));
            double inputsAgain = (2.0 + halvesAgain()) * blocks;
            transfers.add(
                    Transfer.half(TENSOR, ALL_GATHER, "the residual stream", ranks, (sums + inputsAgain) * stream));
        } else {
            transfers.add(Transfer.whole(TENSOR, "the residual stream", ranks, (sums + again) * stream));
        }
        // The largest logit, the sum of exponentials and the label's logit of every label, in fp32.
        double labels = 3.0 * work.packTokens() * Float.BYTES * work.passes();
        transfers.add(Transfer.whole(TENSOR, "loss over the vocabulary", ranks, labels));
    }

    /** Halves of a block whose first product is made again, and with it the rows that it takes. */
    private double halvesAgain() {
        return switch (work.parallel().recompute()) {
            case NONE, CORE_ATTN -> 0;
            case FULL_ATTN -> 1;
            case FULL -> 2;
        };
    }
}
