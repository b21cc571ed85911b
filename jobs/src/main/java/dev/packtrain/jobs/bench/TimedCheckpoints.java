package dev.packtrain.jobs.bench;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.Trainer;
import dev.packtrain.training.TrainerListener;
import dev.packtrain.training.checkpoint.CheckpointSaver;
import dev.packtrain.training.checkpoint.Checkpoints;
import dev.packtrain.training.checkpoint.RunIdentity;
import dev.packtrain.training.checkpoint.TrainerState;
import dev.packtrain.training.data.RankBatch;
import dev.packtrain.training.data.StepPlan;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.metrics.StepFigures;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.options.BatchOptions;
import dev.packtrain.training.options.LoggingOptions;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.OptimizerOptions;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.Precision;
import dev.packtrain.training.options.SavingOptions;
import dev.packtrain.training.options.ScheduleOptions;
import dev.packtrain.training.options.TrainingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Trains a fresh model in fp32, with a checkpoint after every {@value #STEPS_BETWEEN} steps, and keeps what these cost. The
 * first steps count for nothing, and neither does the first checkpoint, which touches the memory of its copy for the first
 * time.
 */
final class TimedCheckpoints implements TrainerListener {
    private static final int STEPS_BETWEEN = 6;
    private static final int WARMUP = 2;

    private final CheckpointSaver saver;
    private final List<CheckpointSaver.Written> written = new CopyOnWriteArrayList<>();
    private final List<Double> alone = new ArrayList<>();
    private final List<List<Double>> slowed = new ArrayList<>();
    private Trainer trainer;
    private boolean writingAtStart;
    private long parameters;
    private long bytes;

    private TimedCheckpoints(Path dir) {
        CheckpointSaver.Member alone = new CheckpointSaver.Member(0, 1, "bench", Duration.ofMinutes(10));
        saver = new CheckpointSaver(new Checkpoints(dir), alone, 1, true, written::add);
    }

    /**
     * Trains and saves.
     *
     * @param tokens of the pack of a step
     * @param rounds checkpoints that count
     * @param dir for the checkpoints, of which the newest stays
     */
    static TimedCheckpoints run(DecoderConfig config, int tokens, int rounds, Path dir)
            throws IOException, InterruptedException {
        TimedCheckpoints timed = new TimedCheckpoints(dir);
        TrainingOptions options = options((rounds + 2) * STEPS_BETWEEN - 1);
        StepPlan plan = new StepPlan(1, options.batch(), 1);
        try (CheckpointSaver saver = timed.saver;
                Decoder model = Decoder.fromScratch(config, 42, ScalarType.Float, ComputeDevice.CPU);
                Trainer trainer = new Trainer(model, options, plan, MeshGroups.single(), dir)) {
            timed.trainer = trainer;
            timed.parameters = trainer.state().numElements();
            RunIdentity identity = new RunIdentity("bench", 42, plan.globalBatch(), options.precision());
            PackedSequence pack = TimedSteps.pack(config.vocabSize(), tokens, 1);
            trainer.run(TrainerState.start(identity, plan.totalSteps(), 1), TimedSteps.always(pack, 1), timed);
            saver.finish();
        }
        timed.bytes = bytesBelow(timed.written.get(rounds).path());
        return timed;
    }

    private static TrainingOptions options(int steps) {
        return new TrainingOptions(
                new ModelOptions(null, "bench", Map.of()),
                new BatchOptions(1, 1, steps, 1, 42),
                new OptimizerOptions(1e-4, 0.01, 0.9, 0.999, 1e-8, 1.0, false),
                new ScheduleOptions(ScheduleOptions.Type.CONSTANT, 0, 0),
                Precision.FP32,
                new SavingOptions(STEPS_BETWEEN, 1, "", false),
                new LoggingOptions(Integer.MAX_VALUE, false),
                ParallelOptions.NONE);
    }

    private static long bytesBelow(Path dir) throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        }
    }

    @Override
    public void stepStarts(RankBatch batch) {
        writingAtStart = written.size() < slowed.size();
    }

    @Override
    public void stepDone(TrainerState state, StepFigures figures) {
        if (writingAtStart) {
            slowed.get(slowed.size() - 1).add(figures.seconds());
        } else if (state.step() > WARMUP) {
            alone.add(figures.seconds());
        }
    }

    @Override
    public void logDue(TrainerState state, StepFigures figures) {}

    @Override
    public void checkpointDue(TrainerState state) throws IOException, InterruptedException {
        saver.finish();
        slowed.add(new ArrayList<>());
        PointerScope scope = new PointerScope();
        try {
            saver.save(state.step(), trainer.state().pieces(), state::write);
        } finally {
            scope.close();
        }
    }

    long parameters() {
        return parameters;
    }

    /** Of one checkpoint, all files. */
    long bytes() {
        return bytes;
    }

    /** Median time that training stood still. */
    double pauseSeconds() {
        return median(written.stream().skip(1).map(CheckpointSaver.Written::pauseSeconds));
    }

    /** Median time from the beginning of a checkpoint until it was complete and visible. */
    double completeSeconds() {
        return median(written.stream().skip(1).map(CheckpointSaver.Written::seconds));
    }

    /** Median of a step while nothing is written. */
    double stepSeconds() {
        return median(alone.stream());
    }

    /** Median of what a checkpoint takes from training: the pause, and what steps that begin meanwhile take longer. */
    double costSeconds() {
        double alone = stepSeconds();
        return median(IntStream.range(1, written.size())
                .mapToObj(round -> written.get(round).pauseSeconds()
                        + slowed.get(round).stream()
                                .mapToDouble(seconds -> seconds - alone)
                                .sum()));
    }

    private static double median(Stream<Double> values) {
        return BenchFigures.median(values.mapToDouble(Double::doubleValue).toArray());
    }
}
