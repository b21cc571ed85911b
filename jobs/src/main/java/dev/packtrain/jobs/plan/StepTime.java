package dev.packtrain.jobs.plan;

import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.peft.RankShape;
import java.util.List;

/**
 * How long a step takes.
 *
 * @param modelFlops of one rank: 6 a parameter and token, and attention's (Chowdhery et al. 2022, arXiv 2204.02311, appendix
 *     B), of which causal attention within documents is half; frozen weights need no gradient, which is 4 instead of 6
 * @param againFlops of one rank: what recomputation adds
 * @param computeSeconds both at the assumed rate
 * @param tensorSeconds communication that computation waits for
 * @param otherSeconds communication over shards and replicas, which goes on beside computation
 */
public record StepTime(
        double modelFlops, double againFlops, double computeSeconds, double tensorSeconds, double otherSeconds) {
    private static final double FORWARD = 2;
    /** Forward, and backward to the inputs. */
    private static final double FROZEN = 4;

    private static final double FORWARD_AND_BACKWARD = 6;

    static StepTime of(Workload work, DeviceMesh mesh, Machines machines, List<Transfer> traffic) {
        double tokens = (double) work.rows() * work.passes();
        double attention = attention(work) / mesh.tensor();
        long parameters = ParameterCount.of(work.model(), mesh.tensor()).multiplied();
        double model = tokens * (linear(work, mesh.tensor(), parameters) + 3 * attention);
        double again = tokens * again(work, mesh.tensor(), attention);
        double tensor = 0;
        double other = 0;
        for (Transfer transfer : traffic) {
            double seconds = transfer.bytes() / machines.bandwidth(mesh, transfer.axis());
            if (transfer.axis().equals("tensor")) {
                tensor += seconds;
            } else {
                other += seconds;
            }
        }
        return new StepTime(model, again, (model + again) / (machines.flops() * machines.mfu()), tensor, other);
    }

    private static double linear(Workload work, int tensor, long parameters) {
        return work.adaptation().isEmpty()
                ? FORWARD_AND_BACKWARD * parameters
                : FROZEN * parameters
                        + FORWARD_AND_BACKWARD * Elements.of(work, tensor).trainedInBlocks();
    }

    /** Forward attention of a token in all layers: 2 products of 2·H·D for each of the tokens before it, half a document. */
    private static double attention(Workload work) {
        DecoderConfig model = work.model();
        double heads = (double) model.numAttentionHeads() * model.headDim();
        double sum = 0;
        for (int window : model.attention().windows()) {
            double seen = work.seenTokens() / 2.0;
            sum += 2 * FORWARD * heads * (window > 0 ? Math.min(window, seen) : seen);
        }
        return sum;
    }

    /** Of a token: what of the forward pass the backward pass makes again. */
    private static double again(Workload work, int tensor, double attention) {
        DecoderConfig model = work.model();
        double queries = (double) model.numAttentionHeads() / tensor * model.headDim();
        double keysAndValues = 2.0 * new RankShape(model, tensor).keyValueHeads() * model.headDim();
        double projections = model.numHiddenLayers() * (double) model.hiddenSize() * (queries + keysAndValues);
        double output = model.numHiddenLayers() * (double) model.hiddenSize() * queries;
        double gateUp =
                model.numHiddenLayers() * 2.0 * model.hiddenSize() * ((double) model.intermediateSize() / tensor);
        return switch (work.parallel().recompute()) {
            case NONE -> 0;
            case CORE_ATTN -> attention;
            case FULL_ATTN -> attention + FORWARD * projections;
            case FULL -> attention + FORWARD * (projections + output + gateUp);
        };
    }

    /** If nothing overlaps. */
    public double longest() {
        return computeSeconds + tensorSeconds + otherSeconds;
    }

    /** If communication over shards and replicas hides behind computation as far as it can. */
    public double shortest() {
        return Math.max(computeSeconds + tensorSeconds, otherSeconds);
    }
}
