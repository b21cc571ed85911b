package dev.packtrain.training;

import dev.packtrain.training.checkpoint.RunIdentity;
import dev.packtrain.training.checkpoint.TrainerState;
import dev.packtrain.training.collectives.GroupFactory;
import dev.packtrain.training.collectives.RankStore;
import dev.packtrain.training.data.StepPlan;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.metrics.StepFigures;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import dev.packtrain.training.options.TrainingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * A rank in a process of its own, to be run under a limit of memory. Prints the loss of every step as {@code loss <number>},
 * and behind it its private memory and its peak of resident memory so far, in KiB, as the system counts them.
 */
final class LimitedTraining {
    private static final Duration TIMEOUT = Duration.ofMinutes(5);
    private static final String HOST = "127.0.0.1";
    private static final int STEPS = 2;

    private LimitedTraining() {}

    /** Arguments: config, stage, offload, rank, number of ranks, port of rank 0's store (in a file), offload directory. */
    public static void main(String[] args) throws Exception {
        TorchRuntime.start(1);
        Path config = Path.of(args[0]);
        int rank = Integer.parseInt(args[3]);
        int ranks = Integer.parseInt(args[4]);
        ParallelOptions parallel = new ParallelOptions(
                1,
                false,
                Sharding.valueOf(args[1]),
                ParallelOptions.ALL_RANKS,
                Offload.valueOf(args[2]),
                Recompute.NONE);
        DeviceMesh mesh = DeviceMesh.of(ranks, parallel);
        RankStore store = store(rank, Path.of(args[5]));
        try (GroupFactory factory = GroupFactory.of(store, rank, ranks, HOST, ComputeDevice.CPU, TIMEOUT);
                MeshGroups groups = MeshGroups.join(mesh, factory.world(), factory::group)) {
            train(config, parallel, groups, Path.of(args[6]));
        }
    }

    private static RankStore store(int rank, Path portFile) throws Exception {
        if (rank == 0) {
            RankStore store = RankStore.listen(HOST, TIMEOUT);
            Path temp = portFile.resolveSibling("port.tmp");
            Files.writeString(temp, Integer.toString(store.port()));
            Files.move(temp, portFile);
            return store;
        }
        for (long end = System.nanoTime() + TIMEOUT.toNanos(); !Files.exists(portFile); ) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("rank 0 opened no store");
            }
            Thread.sleep(20);
        }
        return RankStore.connect(HOST, Integer.parseInt(Files.readString(portFile)), TIMEOUT);
    }

    private static void train(Path config, ParallelOptions parallel, MeshGroups groups, Path offload) throws Exception {
        int numRanks = groups.mesh().numDataRanks();
        // The same two packs a step, by one rank or two.
        TrainingOptions options =
                TinyOptions.of(1, 2 / numRanks, STEPS).parallel(parallel).withConfig("unused");
        StepPlan plan = new StepPlan(21, options.batch(), numRanks);
        try (Decoder model = new DecoderBuilder(DecoderConfig.read(config, Map.of()))
                        .deferred()
                        .fromScratch(1);
                Trainer trainer = new Trainer(model, options, plan, groups, offload)) {
            RunIdentity identity = new RunIdentity("", 0, plan.globalBatch(), options.precision());
            trainer.run(TrainerState.start(identity, STEPS, numRanks), new TinyPacks(21), new TrainerListener() {
                @Override
                public void stepDone(TrainerState state, StepFigures figures) throws IOException {
                    System.out.println("loss " + figures.loss());
                    Files.readAllLines(Path.of("/proc/self/status")).stream()
                            .filter(line -> line.startsWith("VmData") || line.startsWith("VmHWM"))
                            .forEach(System.out::println);
                }

                @Override
                public void logDue(TrainerState state, StepFigures figures) {}

                @Override
                public void checkpointDue(TrainerState state) {}
            });
        }
    }
}
