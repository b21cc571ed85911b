package dev.packtrain.training.engine;

import dev.packtrain.training.fused.NormScale;
import java.util.Optional;

/**
 * A pre-norm transformer block as what the engine runs between its cuts:
 *
 * <pre>
 *   q, k, v = projections(norm(h))        in some models queryNorm(q), keyNorm(k) of every head; rotary positions on both
 *   h      += attentionOutput(attention(q, k, v))
 *   g, u    = gateUp(norm(h))
 *   h      += down(silu(g) · u)
 * </pre>
 *
 * With the layer spread over tensor-parallel ranks, {@link #attentionOutput} and {@link #down} give partial sums, and so
 * do the gradients of the inputs of {@link #projections} and {@link #gateUp}.
 */
public interface DecoderBlock {
    /** Norm before attention. */
    NormScale attentionNorm();

    /** From {@code [T, E]} to queries, keys and values, {@code [T, heads · D]} with the heads of this rank. */
    Segment projections();

    /** Width D of a head, even. */
    int headDim();

    /** Norm of every head's query, of width D; empty in models without. Its gradient is that of this rank's heads. */
    Optional<NormScale> queryNorm();

    /** Norm of every head's key, of width D; empty in models without. Its gradient is that of this rank's heads. */
    Optional<NormScale> keyNorm();

    /** From {@code [T, H · D]} to {@code [T, E]}. */
    Segment attentionOutput();

    /** Norm before the feed-forward layer. */
    NormScale feedForwardNorm();

    /** From {@code [T, E]} to gate and up, {@code [T, I]} each. */
    Segment gateUp();

    /** From {@code [T, I]} to {@code [T, E]}. */
    Segment down();

    /**
     * What changes the summed output of attention before it is added to h, row by row, {@code [T, E]} to {@code [T, E]};
     * sees this rank's rows only. Empty in plain models.
     */
    default Optional<Segment> attentionAdapter() {
        return Optional.empty();
    }

    /** The same for the feed-forward layer. */
    default Optional<Segment> feedForwardAdapter() {
        return Optional.empty();
    }

    /** What changes h behind the block. Empty in plain models. */
    default Optional<Intervention> intervention() {
        return Optional.empty();
    }
}
