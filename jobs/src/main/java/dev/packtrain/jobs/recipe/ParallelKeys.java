package dev.packtrain.jobs.recipe;

import static dev.packtrain.jobs.recipe.Command.PLAN;
import static dev.packtrain.jobs.recipe.Command.RUN;
import static dev.packtrain.jobs.recipe.Command.TRAIN;
import static dev.packtrain.jobs.recipe.RecipeKey.key;

import dev.packtrain.jobs.recipe.ValueType.Choice;
import dev.packtrain.jobs.recipe.ValueType.Flag;
import dev.packtrain.jobs.recipe.ValueType.Whole;
import dev.packtrain.jobs.recipe.ValueType.Words;
import java.util.List;
import java.util.Set;

/** The keys that say how a run is spread over its processes; {@link ParallelRecipe} reads them. */
final class ParallelKeys {
    /** The value of {@code sharding} that spreads nothing. */
    static final String NO_SHARDING = "none";

    /** The word in {@code sharding} that keeps a rank's part in host memory. */
    static final String OFFLOAD = "offload";

    /** The word that keeps it in memory-mapped files. */
    static final String OFFLOAD_DISK = "offload_disk";

    private static final Flag FLAG = new Flag();
    private static final Whole DEGREE = new Whole(-1, Integer.MAX_VALUE);
    private static final Set<Command> TRAINING = Set.of(TRAIN, RUN);
    private static final Set<Command> PLANNING = Set.of(TRAIN, RUN, PLAN);

    static final List<RecipeKey> ALL = List.of(
            key(
                    "sharding",
                    new Words(
                            NO_SHARDING,
                            List.of(
                                    "stage1",
                                    "stage2",
                                    "stage3",
                                    "stage1 " + OFFLOAD,
                                    "stage2 " + OFFLOAD,
                                    "stage3 " + OFFLOAD,
                                    "stage1 " + OFFLOAD_DISK,
                                    "stage2 " + OFFLOAD_DISK,
                                    "stage3 " + OFFLOAD_DISK)),
                    NO_SHARDING,
                    "spreads optimizer states (stage1), gradients too (stage2), weights too (stage3); \"stage3 offload\":"
                            + " keeps its part in host memory; \"stage3 offload_disk\": in mapped files",
                    KeyGroup.PARALLEL,
                    PLANNING),
            key(
                    "sharding_parallel_degree",
                    DEGREE,
                    -1L,
                    "ranks over which sharding spreads; -1: all that tensor_parallel_degree leaves; what is left holds"
                            + " replicas",
                    KeyGroup.PARALLEL,
                    PLANNING),
            key(
                    "tensor_parallel_degree",
                    DEGREE,
                    1L,
                    "ranks that share every layer; 1 or -1: none do",
                    KeyGroup.PARALLEL,
                    PLANNING),
            key(
                    "tensor_parallel_across_hosts",
                    FLAG,
                    false,
                    "true: ranks that share layers may be on different hosts, which is slow",
                    KeyGroup.PARALLEL,
                    TRAINING),
            key(
                    "sequence_parallel",
                    FLAG,
                    false,
                    "the ranks that share layers share norms and the residual stream along the sequence too",
                    KeyGroup.PARALLEL,
                    PLANNING),
            key(
                    "recompute",
                    FLAG,
                    false,
                    "activations are made again in the backward pass instead of kept",
                    KeyGroup.PARALLEL,
                    PLANNING),
            key(
                    "recompute_granularity",
                    new Choice(List.of("full", "full_attn", "core_attn")),
                    "full",
                    "what is made again: whole blocks, attention with its projections, or attention alone",
                    KeyGroup.PARALLEL,
                    PLANNING),
            key(
                    "max_restarts",
                    new Whole(0, 1000),
                    0L,
                    "a run that loses a rank or an executor goes on from its last checkpoint by itself, so many times",
                    KeyGroup.PARALLEL,
                    TRAINING));

    private ParallelKeys() {}
}
