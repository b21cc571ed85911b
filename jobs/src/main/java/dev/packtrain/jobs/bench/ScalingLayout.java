package dev.packtrain.jobs.bench;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import java.util.Arrays;
import java.util.List;

/** The ways in which two processes of one thread can do what one process of two threads does. */
enum ScalingLayout {
    /** One process: what the others are compared with. */
    ALONE("alone", 1, 1, false, Sharding.NONE),
    /** Whole models, other packs. */
    DATA("dp", 2, 1, false, Sharding.NONE),
    /** Optimizer states spread. */
    STAGE1("stage1", 2, 1, false, Sharding.STAGE1),
    /** And gradients. */
    STAGE2("stage2", 2, 1, false, Sharding.STAGE2),
    /** And weights. */
    STAGE3("stage3", 2, 1, false, Sharding.STAGE3),
    /** Layers spread. */
    TENSOR("tp2", 2, 2, false, Sharding.NONE),
    /** And the sequence between them. */
    SEQUENCE("tp2+sp", 2, 2, true, Sharding.NONE);

    /** Of a step: one for each of two data ranks. */
    static final int PACKS = 2;

    private final String key;
    private final int worldSize;
    private final int tensor;
    private final boolean sequence;
    private final Sharding stage;

    ScalingLayout(String key, int worldSize, int tensor, boolean sequence, Sharding stage) {
        this.key = key;
        this.worldSize = worldSize;
        this.tensor = tensor;
        this.sequence = sequence;
        this.stage = stage;
    }

    /** As on the command line. */
    String key() {
        return key;
    }

    int worldSize() {
        return worldSize;
    }

    /** Threads of each process: two in all. */
    int numThreads() {
        return 2 / worldSize;
    }

    /** Packs of a step that each data rank trains on. */
    int packsOfDataRank() {
        return PACKS * tensor / worldSize;
    }

    ParallelOptions parallel() {
        int shard = stage == Sharding.NONE ? 1 : worldSize;
        return new ParallelOptions(tensor, sequence, stage, shard, Offload.NONE, Recompute.NONE);
    }

    static ScalingLayout of(String key) {
        return Arrays.stream(values())
                .filter(layout -> layout.key.equals(key))
                .findFirst()
                .orElseThrow(() -> new BadInputException(
                        "--layouts has %s; wanted some of %s, with commas between.".formatted(key, keys())));
    }

    /** Of all that are compared. */
    static List<String> keys() {
        return Arrays.stream(values())
                .filter(layout -> layout != ALONE)
                .map(ScalingLayout::key)
                .toList();
    }
}
