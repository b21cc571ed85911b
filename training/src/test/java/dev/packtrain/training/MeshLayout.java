package dev.packtrain.training;

import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A way to spread a run over processes. */
record MeshLayout(int worldSize, ParallelOptions parallel) {
    /** One process. */
    static final MeshLayout ONE = new MeshLayout(1, ParallelOptions.NONE);

    /**
     * A layout that recomputes nothing and offloads nothing.
     *
     * @param shard ranks of a shard group; 1 with {@link Sharding#NONE}
     */
    static MeshLayout of(int data, int shard, int tensor, Sharding stage, boolean sequenceParallel) {
        return new MeshLayout(
                data * shard * tensor,
                new ParallelOptions(tensor, sequenceParallel, stage, shard, Offload.NONE, Recompute.NONE));
    }

    /** Every factorisation of so many processes, with every stage, with and without sequence parallelism. */
    static Stream<MeshLayout> all(int worldSize) {
        List<MeshLayout> layouts = new ArrayList<>();
        for (int tensor = 1; tensor <= worldSize; tensor++) {
            for (int shard = 1; shard * tensor <= worldSize; shard++) {
                if (worldSize % (shard * tensor) == 0) {
                    add(worldSize / shard / tensor, shard, tensor, layouts);
                }
            }
        }
        return layouts.stream();
    }

    private static void add(int data, int shard, int tensor, List<MeshLayout> layouts) {
        for (Sharding stage : Sharding.values()) {
            if ((stage == Sharding.NONE) == (shard == 1)) {
                layouts.add(of(data, shard, tensor, stage, false));
                if (tensor > 1) {
                    layouts.add(of(data, shard, tensor, stage, true));
                }
            }
        }
    }

    MeshLayout recompute(Recompute recompute) {
        return new MeshLayout(
                worldSize,
                new ParallelOptions(
                        parallel.tensorParallelDegree(),
                        parallel.sequenceParallel(),
                        parallel.sharding(),
                        parallel.shardingParallelDegree(),
                        parallel.offload(),
                        recompute));
    }

    @Override
    public String toString() {
        DeviceMesh mesh = DeviceMesh.of(worldSize, parallel);
        return "data %d, shard %d %s, tensor %d%s, recompute %s"
                .formatted(
                        mesh.data(),
                        mesh.shard(),
                        parallel.sharding(),
                        mesh.tensor(),
                        parallel.sequenceParallel() ? " with the sequence" : "",
                        parallel.recompute());
    }
}
