package dev.packtrain.jobs.plan;

import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import dev.packtrain.training.parallel.TensorParallelRules;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The smallest mesh that fits: world sizes from 1 on, and of each every factorisation into data × shard × tensor at every
 * stage, with the recipe's batch, recomputation and offload. Of those that fit the fastest wins.
 */
public final class MeshSearch {
    private static final int MOST_GPUS = 4096;

    private final Workload work;
    private final Machines machines;

    /** For a model on machines of a kind; how many there are does not count. */
    public MeshSearch(Workload work, Machines machines) {
        this.work = work;
        this.machines = machines;
    }

    /**
     * A way to spread the work.
     *
     * @param mesh grid
     * @param parallel what the recipe must say for it
     * @param memory of a rank
     * @param time of a step
     */
    public record Candidate(DeviceMesh mesh, ParallelOptions parallel, RankMemory memory, StepTime time) {
        /** Meshes of the same size train on different numbers of packs in a step. */
        double secondsAPack() {
            return time.longest() / mesh.numDataRanks();
        }
    }

    /**
     * What was found.
     *
     * @param smallest that fits; empty if none does with up to 4096 GPUs
     * @param closest the one that needs least memory with one GPU less, or of all if none fits; empty if one GPU is enough
     */
    public record Found(Optional<Candidate> smallest, Optional<Candidate> closest) {}

    /** Searches. */
    public Found search() {
        Optional<Candidate> closest = Optional.empty();
        for (int gpus = 1; gpus <= MOST_GPUS; gpus = next(gpus)) {
            List<Candidate> all = candidates(gpus).toList();
            Optional<Candidate> best = all.stream()
                    .filter(each -> each.memory().total() <= machines.usableBytes())
                    .min(Comparator.comparingDouble(Candidate::secondsAPack));
            if (best.isPresent()) {
                return new Found(best, closest);
            }
            Optional<Candidate> leanest = all.stream()
                    .min(Comparator.comparingLong(each -> each.memory().total()));
            closest = leanest.isPresent() ? leanest : closest;
        }
        return new Found(Optional.empty(), closest);
    }

    /** Every number on one host; then whole hosts, as clusters have them. */
    private int next(int gpus) {
        return gpus < machines.gpusPerHost() ? gpus + 1 : gpus + machines.gpusPerHost();
    }

    private Stream<Candidate> candidates(int gpus) {
        return TensorParallelRules.degrees(work.model()).stream()
                .filter(tensor -> gpus % tensor == 0 && tensor <= machines.gpusPerHost())
                .flatMap(tensor -> stages(gpus, tensor));
    }

    private Stream<Candidate> stages(int gpus, int tensor) {
        int dataRanks = gpus / tensor;
        boolean offload = work.parallel().offload() != Offload.NONE;
        return Stream.of(Sharding.values()).flatMap(stage -> IntStream.rangeClosed(1, dataRanks)
                .filter(shard -> dataRanks % shard == 0)
                .filter(shard -> (stage == Sharding.NONE) == (shard == 1 && !offload))
                .filter(shard -> stage != Sharding.NONE || !offload)
                .mapToObj(shard -> candidate(new DeviceMesh(dataRanks / shard, shard, tensor), stage)));
    }

    private Candidate candidate(DeviceMesh mesh, Sharding stage) {
        ParallelOptions asked = work.parallel();
        ParallelOptions parallel = new ParallelOptions(
                mesh.tensor(),
                asked.sequenceParallel() && mesh.tensor() > 1,
                stage,
                stage == Sharding.NONE ? 1 : mesh.shard(),
                asked.offload(),
                asked.recompute());
        Workload spread = work.with(parallel);
        List<Transfer> traffic = StepTraffic.of(spread, mesh);
        return new Candidate(mesh, parallel, RankMemory.of(spread, mesh), StepTime.of(spread, mesh, machines, traffic));
    }
}
