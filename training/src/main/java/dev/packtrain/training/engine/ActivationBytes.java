package dev.packtrain.training.engine;

import dev.packtrain.training.options.ParallelOptions.Recompute;

/**
 * How many bytes a {@link Trace} keeps for the backward pass of one pack, on one rank (after Korthikanti et al. 2022,
 * arXiv 2205.05198, for what this engine keeps and for kernels that save one number a token and head). Not in it: what lives
 * for one operation only, the loss, the gradient of the stream, and what methods of fine-tuning keep behind halves and blocks
 * ({@link DecoderBlock#attentionAdapter} and the like: what each was given).
 *
 * @param tokens T: tokens of the pack without padding
 * @param streamRows rows of the residual stream on this rank: T, or with sequence parallelism the share of the rank
 * @param hidden E
 * @param queryHeads H: on this rank
 * @param keyValueHeads G: on this rank
 * @param headDim D
 * @param intermediate I: on this rank
 * @param headNorms whether queries and keys are normed, so that they are kept before it too
 * @param elementBytes of an element: 2 for bf16, 4 for fp32
 */
public record ActivationBytes(
        long tokens,
        long streamRows,
        long hidden,
        long queryHeads,
        long keyValueHeads,
        long headDim,
        long intermediate,
        boolean headNorms,
        int elementBytes) {
    /** Of a norm's {@code rstd} and of a log-sum-exp. */
    private static final int NUMBER = Float.BYTES;

    /**
     * The most that is kept at any time of the pass: at the end of the forward pass, or in the backward pass of the last
     * block, with what is made again of it.
     */
    public long peak(int numBlocks, Recompute recompute) {
        long kept = keptOfBlock(recompute);
        return (numBlocks - 1) * kept + Math.max(kept + streamWithNorm(), mostOfBlock(recompute));
    }

    /** Kept of one block from its forward pass to its backward pass. */
    public long keptOfBlock(Recompute recompute) {
        return switch (recompute) {
            case NONE -> attentionHalf() + feedForwardHalf();
            case CORE_ATTN -> attentionHalf() - output() + feedForwardHalf();
            case FULL_ATTN -> streamWithNorm() + feedForwardHalf();
            case FULL -> streamWithNorm();
        };
    }

    /** The most of one block while its backward pass runs: the feed-forward half goes first, and is freed. */
    public long mostOfBlock(Recompute recompute) {
        return recompute == Recompute.FULL
                ? attentionHalf() + feedForwardHalf()
                : Math.max(keptOfBlock(recompute), attentionHalf());
    }

    private long attentionHalf() {
        return streamWithNorm() + projected() + output();
    }

    private long feedForwardHalf() {
        return streamWithNorm() + 2 * tokens * intermediate * elementBytes;
    }

    private long streamWithNorm() {
        return streamRows * (hidden * elementBytes + NUMBER);
    }

    private long projected() {
        long turned = tokens * (queryHeads + keyValueHeads) * headDim * elementBytes;
        long values = tokens * keyValueHeads * headDim * elementBytes;
        long beforeNorms = turned + tokens * (queryHeads + keyValueHeads) * NUMBER;
        return turned + values + (headNorms ? beforeNorms : 0);
    }

    private long output() {
        return tokens * queryHeads * (headDim * elementBytes + NUMBER);
    }
}
