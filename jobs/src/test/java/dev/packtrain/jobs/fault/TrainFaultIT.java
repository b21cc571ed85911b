package dev.packtrain.jobs.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.packtrain.jobs.TrainJob;
import dev.packtrain.jobs.TrainLaunch;
import dev.packtrain.jobs.cluster.Distribution;
import dev.packtrain.jobs.cluster.Eventually;
import dev.packtrain.jobs.cluster.JavaProcess;
import dev.packtrain.jobs.cluster.LocalSpark;
import dev.packtrain.jobs.cluster.SmallJob;
import dev.packtrain.jobs.cluster.Trainers;
import dev.packtrain.jobs.launch.TrainingFailedException;
import dev.packtrain.jobs.launch.TrainingListener;
import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.training.launch.TrainerEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two real ranks in local mode, and what happens when one of them, their driver or their job comes to an end. */
class TrainFaultIT {
    private static final int STEPS = 120;
    private static final int SAVE_STEPS = 10;
    private static final int LONG = 100_000;
    private static final TrainLaunch TWO_RANKS = new TrainLaunch(2, 1, "256m");

    @TempDir
    static Path dir;

    private static SparkSession spark;
    private static SmallJob job;
    private static Path data;

    /** What a listener does to the ranks at a step. */
    @FunctionalInterface
    private interface Fault {
        void strike() throws IOException;
    }

    @BeforeAll
    static void start() throws IOException {
        spark = LocalSpark.open();
        job = SmallJob.create(dir, spark);
        data = job.prepare(spark, "data");
        train(job.trainKeys(data, "whole", STEPS, SAVE_STEPS), (rank, event) -> {});
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    void aKilledRankIsNamedAndTheResumedRunEqualsAnUninterruptedOne() throws Exception {
        Map<String, Object> keys = job.trainKeys(data, "killed", STEPS, SAVE_STEPS);
        Trainers trainers = new Trainers(dir.resolve("killed"));
        Strike kill = new Strike(
                35, firstCheckpoint("killed"), () -> trainers.rankOne().destroyForcibly());
        TrainingFailedException failure = failureOf(keys, kill);

        assertThat(failure)
                .hasMessageMatching("rank 1 on host 127\\.0\\.0\\.1 was killed by signal 9 .* at step \\d+; .*")
                .hasMessageContaining("--resume_from_checkpoint true");
        assertThat(failure.rankLost()).isTrue();
        assertThat(kill.secondsSince()).isLessThan(120);
        trainers.awaitNone(5);

        keys.put("resume_from_checkpoint", true);
        List<Integer> startSteps = new ArrayList<>();
        train(keys, (rank, event) -> {
            if (event instanceof TrainerEvent.Started started) {
                startSteps.add(started.startStep());
            }
        });
        assertThat(startSteps).hasSize(1).first().satisfies(step -> assertThat(step)
                .isGreaterThanOrEqualTo(SAVE_STEPS)
                .isLessThan(STEPS));
        assertThat(job.losses("killed")).hasSize(STEPS).isEqualTo(job.losses("whole"));
        assertThat(dir.resolve("killed/model.safetensors"))
                .hasSameBinaryContentAs(dir.resolve("whole/model.safetensors"));
    }

    @Test
    void aKilledRankIsReplacedAndTheRunEqualsAnUninterruptedOne() throws Exception {
        Trainers trainers = new Trainers(dir.resolve("restarted"));
        Strike kill = new Strike(
                35, firstCheckpoint("restarted"), () -> trainers.rankZero().destroyForcibly());
        trainWithOneRestart("restarted", SAVE_STEPS, kill);

        assertThat(kill.notices())
                .anyMatch(notice -> notice.matches(
                        "Restart 1 of 1 from the checkpoint of step \\d+ in 1 s: rank 0 on host 127\\.0\\.0\\.1 was killed by signal 9 .* at"
                                + " step \\d+\\."));
        assertThat(kill.startSteps()).hasSize(2).last().satisfies(step -> assertThat(step)
                .isGreaterThanOrEqualTo(SAVE_STEPS)
                .isLessThan(STEPS));
        trainers.awaitNone(5);
    }

    /** Before the first checkpoint, in a directory that holds one of another run: nothing of that run is continued. */
    @Test
    void aStoppedRankIsNamedEndedAndReplaced() throws Exception {
        DataSetFiles.copy(dir.resolve("whole"), dir.resolve("stopped"));
        assertThat(firstCheckpoint("stopped")).isDirectory();
        Trainers trainers = new Trainers(dir.resolve("stopped"));
        Strike stop = new Strike(10, () -> signal("STOP", trainers.rankOne()));
        trainWithOneRestart("stopped", STEPS / 2, stop); // so that none is written before the strike

        assertThat(stop.notices())
                .anyMatch(notice -> notice.matches(
                        "Restart 1 of 1 from the beginning, for there is no checkpoint of it yet, in 1 s: rank 1 on host 127\\.0\\.0\\.1 gave no sign of life for 3\\d s"
                                + " at step \\d+ \\(stopped, or its host hangs\\) and was killed\\."));
        assertThat(stop.startSteps()).containsExactly(0, 0);
        trainers.awaitNone(5);
    }

    private static Path firstCheckpoint(String name) {
        return dir.resolve(name).resolve("checkpoint-" + SAVE_STEPS);
    }

    private static void trainWithOneRestart(String name, int saveSteps, Strike strike) throws IOException {
        Map<String, Object> keys = job.trainKeys(data, name, STEPS, saveSteps);
        keys.put("ddp_timeout", 60);
        keys.put("overwrite_output_dir", true);
        keys.put("max_restarts", 1);
        train(keys, strike);
        strike.secondsSince();
        assertThat(job.losses(name)).hasSize(STEPS).isEqualTo(job.losses("whole"));
        assertThat(dir.resolve(name).resolve("model.safetensors"))
                .hasSameBinaryContentAs(dir.resolve("whole/model.safetensors"));
    }

    @Test
    void cancellingTheSparkJobEndsTheRanks() throws Exception {
        Trainers trainers = new Trainers(dir.resolve("cancelled"));
        Strike cancel = new Strike(10, () -> spark.sparkContext().cancelAllJobs());
        TrainingFailedException failure = failureOf(job.trainKeys(data, "cancelled", LONG, 0), cancel);

        assertThat(failure)
                .hasMessage(
                        "training was cancelled in Spark; no checkpoint was written yet, so run the same command again (packtrain run: with --resume_from_checkpoint true, for the data is prepared)");
        trainers.awaitNone(60);
        assertThat(dir.resolve("cancelled/.packtrain.lock")).satisfies(this::doesNotBlock);
    }

    @Test
    void aKilledDriverTakesItsRanksAlong() throws Exception {
        Trainers trainers = new Trainers(dir.resolve("orphans"));
        Distribution distribution = Distribution.find();
        List<String> command = distribution.javaWithEverything("1g");
        command.add("-Dpacktrain.log.file=" + dir.resolve("driver-spark.log"));
        command.addAll(List.of("dev.packtrain.jobs.Packtrain", "train", "--num_processes", "2"));
        command.addAll(List.of("--num_threads", "1", "--trainer_heap", "256m"));
        command.addAll(SmallJob.arguments(job.trainKeys(data, "orphans", LONG, SAVE_STEPS)));
        try (JavaProcess driver = JavaProcess.start(distribution, command, dir.resolve("driver.log"))) {
            Eventually.holds(() -> Files.isDirectory(firstCheckpoint("orphans")), driver::output);
            assertThat(trainers.alive()).hasSize(2);
            driver.handle().destroyForcibly();
            trainers.awaitNone(60);
        }
    }

    /** Another run in the same directory begins. */
    private void doesNotBlock(Path lock) {
        Map<String, Object> keys =
                job.trainKeys(data, lock.getParent().getFileName().toString(), 2, 0);
        keys.put("overwrite_output_dir", true);
        try {
            TrainJob.run(spark, SmallJob.recipe(keys), 1);
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    private static void train(Map<String, Object> keys, TrainingListener listener) throws IOException {
        TrainJob.run(spark, SmallJob.recipe(keys).resolve(Command.TRAIN), TWO_RANKS, listener);
    }

    private static TrainingFailedException failureOf(Map<String, Object> keys, TrainingListener listener) {
        return catchThrowableOfType(TrainingFailedException.class, () -> train(keys, listener));
    }

    private static void signal(String name, ProcessHandle process) throws IOException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    }

    /** Strikes once, when rank 0 has done so many steps and a directory is there: checkpoints are written beside the steps. */
    private static final class Strike implements TrainingListener {
        private final int step;
        private final Path awaited;
        private final Fault fault;
        private final AtomicLong struckAt = new AtomicLong();
        private final List<String> notices = new CopyOnWriteArrayList<>();
        private final List<Integer> startSteps = new CopyOnWriteArrayList<>();

        Strike(int step, Fault fault) {
            this(step, dir, fault);
        }

        Strike(int step, Path awaited, Fault fault) {
            this.step = step;
            this.awaited = awaited;
            this.fault = fault;
        }

        @Override
        public void onEvent(int rank, TrainerEvent event) {
            if (event instanceof TrainerEvent.Notice notice) {
                notices.add(notice.message());
            } else if (event instanceof TrainerEvent.Started started) {
                startSteps.add(started.startStep());
            }
            if (event instanceof TrainerEvent.Step done
                    && done.step() >= step
                    && Files.isDirectory(awaited)
                    && struckAt.compareAndSet(0, System.nanoTime())) {
                try {
                    fault.strike();
                } catch (IOException failed) {
                    throw new AssertionError(failed);
                }
            }
        }

        List<String> notices() {
            return notices;
        }

        /** Where each attempt began. */
        List<Integer> startSteps() {
            return startSteps;
        }

        long secondsSince() {
            assertThat(struckAt.get()).as("the fault was never injected").isNotZero();
            return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - struckAt.get());
        }
    }
}
