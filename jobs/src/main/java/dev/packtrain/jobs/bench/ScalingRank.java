package dev.packtrain.jobs.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.training.collectives.GroupFactory;
import dev.packtrain.training.collectives.RankStore;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.options.TrainingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** One process of a layout: meets the others through files, times its steps, and as rank 0 writes what they took. */
final class ScalingRank {
    private static final String HOST = "127.0.0.1";
    private static final String RESULT = "result.json";
    private static final String PORT = "port";
    private static final Duration TIMEOUT = Duration.ofMinutes(5);
    private static final long POLL_MILLIS = 20;
    private static final double NANOS = 1e9;

    private final ScalingLayout layout;
    private final int rank;
    private final Path dir;

    /** A rank of a layout; {@code dir} is empty at first, and the ranks' alone. */
    ScalingRank(ScalingLayout layout, int rank, Path dir) {
        this.layout = layout;
        this.rank = rank;
        this.dir = dir;
    }

    /**
     * What rank 0 measured.
     *
     * @param stepSeconds median of a step
     * @param communicationSeconds median time of a step inside calls to other ranks, waiting for them included
     * @param peakBytes largest resident memory of the process
     */
    record Result(double stepSeconds, double communicationSeconds, long peakBytes) {
        static Result read(Path dir) throws IOException {
            return new ObjectMapper().readValue(dir.resolve(RESULT).toFile(), Result.class);
        }
    }

    void run(StepWork work) throws IOException, InterruptedException {
        TorchRuntime.start(layout.numThreads());
        AtomicLong nanos = new AtomicLong();
        TrainingOptions options = work.options(layout.packsOfDataRank(), false, layout.parallel());
        DecoderConfig config = work.llama();
        if (layout.worldSize() == 1) {
            write(TimedSteps.run(config, options, work, MeshGroups.single(), nanos));
            return;
        }
        DeviceMesh mesh = DeviceMesh.of(layout.worldSize(), layout.parallel());
        try (GroupFactory factory =
                        GroupFactory.of(store(), rank, layout.worldSize(), HOST, ComputeDevice.CPU, TIMEOUT);
                MeshGroups groups = MeshGroups.join(
                        mesh,
                        new TimedGroup(factory.world(), nanos),
                        (name, ranks) -> new TimedGroup(factory.group(name, ranks), nanos))) {
            write(TimedSteps.run(config, options, work, groups, nanos));
            groups.world().barrier("steps timed");
        }
    }

    private void write(TimedSteps timed) throws IOException {
        if (rank == 0) {
            Result result = new Result(
                    timed.seconds(),
                    timed.communicationSeconds(),
                    PeakMemory.ofThisProcess().peakBytes());
            new ObjectMapper().writeValue(dir.resolve(RESULT).toFile(), result);
        }
    }

    private RankStore store() throws IOException, InterruptedException {
        Path file = dir.resolve(PORT);
        if (rank == 0) {
            RankStore store = RankStore.listen(HOST, TIMEOUT);
            Path whole = Files.writeString(dir.resolve(PORT + ".new"), Integer.toString(store.port()));
            Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
            return store;
        }
        long end = System.nanoTime() + TIMEOUT.toNanos();
        while (!Files.exists(file)) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(
                        "rank 0 has not opened its store within %.0f s".formatted(TIMEOUT.toNanos() / NANOS));
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return RankStore.connect(HOST, Integer.parseInt(Files.readString(file)), TIMEOUT);
    }
}
