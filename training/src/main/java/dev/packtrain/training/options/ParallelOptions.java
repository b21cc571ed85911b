package dev.packtrain.training.options;

/**
 * How a run is spread over its processes, and what it does to need less memory.
 *
 * @param tensorParallelDegree {@code tensor_parallel_degree}: ranks that share every layer, at least 1
 * @param sequenceParallel {@code sequence_parallel}: those ranks share the sequence between their layers too
 * @param sharding {@code sharding}: what ZeRO spreads
 * @param shardingParallelDegree {@code sharding_parallel_degree}: ranks over which it is spread; −1: all that the tensor
 *     degree leaves
 * @param offload {@code offload}: where ZeRO keeps what it does not need at the moment
 * @param recompute {@code recompute} and {@code recompute_granularity}: what the backward pass makes again
 */
public record ParallelOptions(
        int tensorParallelDegree,
        boolean sequenceParallel,
        Sharding sharding,
        int shardingParallelDegree,
        Offload offload,
        Recompute recompute) {
    /** As {@code shardingParallelDegree}: all ranks that the tensor degree leaves. */
    public static final int ALL_RANKS = -1;

    /** Whole models in every process. */
    public static final ParallelOptions NONE =
            new ParallelOptions(1, false, Sharding.NONE, 1, Offload.NONE, Recompute.NONE);

    public ParallelOptions {
        if (tensorParallelDegree < 1 || (shardingParallelDegree < 1 && shardingParallelDegree != ALL_RANKS)) {
            throw new IllegalArgumentException("wanted degrees of at least 1, got tensor %d and sharding %d"
                    .formatted(tensorParallelDegree, shardingParallelDegree));
        }
    }

    /** What ZeRO (Rajbhandari et al. 2020, arXiv 1910.02054) spreads over the ranks of the shard axis. */
    public enum Sharding {
        /** Nothing. */
        NONE,
        /** Optimizer states and master weights. */
        STAGE1,
        /** And gradients. */
        STAGE2,
        /** And weights. */
        STAGE3
    }

    /** Where the state of this rank lies between uses (ZeRO-Offload, arXiv 2101.06840; ZeRO-Infinity, 2104.07857). */
    public enum Offload {
        /** On the device. */
        NONE,
        /** In host memory. */
        HOST,
        /** In memory-mapped files, which the system writes to disk as it sees fit. */
        DISK
    }

    /** What is not kept for the backward pass (Korthikanti et al. 2022, arXiv 2205.05198). */
    public enum Recompute {
        /** Everything is kept. */
        NONE,
        /** {@code full}: only the input of each block is kept. */
        FULL,
        /** {@code full_attn}: attention and the projections before it are made again. */
        FULL_ATTN,
        /** {@code core_attn}: what the attention kernel gives, from queries, keys and values. */
        CORE_ATTN
    }
}
