package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.launch.LaunchSpec;
import dev.packtrain.training.launch.TrainerEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A run of several children that have met: what the barrier stage does, in a test. */
final class TrainerRun implements AutoCloseable {
    /** {@code ddp_timeout}: longer than any loss of a rank may take to be noticed. */
    private static final int TIMEOUT_SECONDS = 300;

    private final List<TrainerChild> ranks = new ArrayList<>();

    /** Starts {@code worldSize} children and lets them meet. */
    static TrainerRun start(Path temp, Path data, Path output, TinyOptions options, int worldSize) throws IOException {
        TrainerRun run = new TrainerRun();
        for (int rank = 0; rank < worldSize; rank++) {
            run.ranks.add(TrainerChild.start(spec(temp, data, output, options, rank, worldSize), errors(temp, rank)));
        }
        return run.met();
    }

    /** The same with two children, of which one is a {@link FaultyTrainer}. */
    static TrainerRun startFaulty(
            Path temp, Path data, Path output, TinyOptions options, int faulty, List<String> fault) throws IOException {
        TrainerRun run = new TrainerRun();
        for (int rank = 0; rank < 2; rank++) {
            LaunchSpec spec = spec(temp, data, output, options, rank, 2);
            run.ranks.add(
                    rank == faulty
                            ? TrainerChild.startFaulty(spec, errors(temp, rank), fault)
                            : TrainerChild.start(spec, errors(temp, rank)));
        }
        return run.met();
    }

    private static Path errors(Path temp, int rank) {
        return temp.resolve("stderr-" + rank + ".txt");
    }

    private TrainerRun met() throws IOException {
        List<TrainerEvent.Ready> ready = new ArrayList<>();
        for (TrainerChild child : ranks) {
            TrainerEvent.Ready event = child.until(TrainerEvent.Ready.class);
            if (event != null) {
                ready.add(event);
            }
        }
        // A rank that gave up before it was ready reads no more.
        if (ready.size() == ranks.size()) {
            for (TrainerChild child : ranks) {
                child.meet(ready.get(0).storePort());
            }
        }
        return this;
    }

    static LaunchSpec spec(Path temp, Path data, Path output, TinyOptions options, int rank, int worldSize)
            throws IOException {
        return new LaunchSpec(
                rank,
                rank,
                rank,
                worldSize,
                "127.0.0.1",
                "cpu",
                1,
                TIMEOUT_SECONDS,
                data.toString(),
                1,
                output.toString(),
                options.withConfig(TinyData.writeConfig(temp).toString()),
                "{}\n");
    }

    TrainerChild rank(int rank) {
        return ranks.get(rank);
    }

    /** Waits for all; the exit code of every rank. */
    List<Integer> exitCodes() throws IOException, InterruptedException {
        List<Integer> codes = new ArrayList<>();
        for (TrainerChild child : ranks) {
            codes.add(child.exitCode());
        }
        return codes;
    }

    /** Waits for all, and expects each to succeed. */
    void mustSucceed() throws IOException, InterruptedException {
        List<Integer> codes = exitCodes();
        assertThat(codes).as(() -> "failures: " + failures()).containsOnly(0);
    }

    /** What the ranks said when they gave up. */
    List<TrainerEvent.Failed> failures() {
        return ranks.stream()
                .flatMap(child -> child.seen(TrainerEvent.Failed.class).stream())
                .toList();
    }

    /** A figure of every step of rank 0. */
    List<Double> figures(String name) {
        return rank(0).seen(TrainerEvent.Step.class).stream()
                .map(step -> step.metrics().get(name))
                .toList();
    }

    @Override
    public void close() {
        ranks.forEach(TrainerChild::close);
    }
}
