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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two real ranks in local mode, and what happens when one of them, their driver or their job comes to an end. */
@Timeout(120)
class TrainFaultIT {
    private static final int STEPS = 120;
    private static final int SAVE_STEPS = 30;
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
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    void aKilledRankIsNamedAndTheResumedRunEqualsAnUninterruptedOne() throws Exception {
        train(job.trainKeys(data, "whole", STEPS, SAVE_STEPS), (rank, event) -> {});
        Map<String, Object> keys = job.trainKeys(data, "killed", STEPS, SAVE_STEPS);
        Trainers trainers = new Trainers(dir.resolve("killed"));
        Strike kill = new Strike(SAVE_STEPS + 5, () -> trainers.rankOne().destroyForcibly());
        TrainingFailedException failure = failureOf(keys, kill);

        assertThat(failure)
                .hasMessageMatching("rank 1 on host 127\\.0\\.0\\.1 was killed by signal 9 .* at step \\d+; .*")
                .hasMessageContaining("--resume_from_checkpoint true");
        assertThat(failure.rankLost()).isTrue();
        assertThat(kill.secondsSince()).isLessThan(30);
        trainers.awaitNone(1);

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
    void aStoppedRankIsNamedAndGone() throws Exception {
        Map<String, Object> keys = job.trainKeys(data, "stopped", LONG, 0);
        keys.put("ddp_timeout", 10);
        Trainers trainers = new Trainers(dir.resolve("stopped"));
        Strike stop = new Strike(10, () -> signal("STOP", trainers.rankOne()));
        TrainingFailedException failure = failureOf(keys, stop);

        assertThat(failure)
                .hasMessageStartingWith("rank 0 on host 127.0.0.1 lost another rank at step")
                .hasMessageContaining("did not end within 10 s (ddp_timeout): rank 1 ")
                .hasMessageContaining("; rank 1 on host 127.0.0.1 has said nothing since step");
        assertThat(failure.rankLost()).isTrue();
        assertThat(stop.secondsSince()).isLessThan(30);
        trainers.awaitNone(1);
    }

    @Test
    void cancellingTheSparkJobEndsTheRanks() throws Exception {
        Trainers trainers = new Trainers(dir.resolve("cancelled"));
        Strike cancel = new Strike(10, () -> spark.sparkContext().cancelAllJobs());
        TrainingFailedException failure = failureOf(job.trainKeys(data, "cancelled", LONG, 0), cancel);

        assertThat(failure)
                .hasMessage(
                        "training was cancelled in Spark; no checkpoint was written yet, so run the same command again");
        trainers.awaitNone(10);
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
            Eventually.holds(60, () -> Files.isDirectory(dir.resolve("orphans/checkpoint-30")), driver::output);
            assertThat(trainers.alive()).hasSize(2);
            driver.handle().destroyForcibly();
            trainers.awaitNone(15);
        }
    }

    /** Another run in the same directory begins. */
    private void doesNotBlock(Path lock) {
        Map<String, Object> keys =
                job.trainKeys(data, lock.getParent().getFileName().toString(), 2, 0);
        keys.put("overwrite_output_dir", true);
        try {
            train(keys, (rank, event) -> {});
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

    /** Strikes once, when rank 0 has done so many steps. */
    private static final class Strike implements TrainingListener {
        private final int step;
        private final Fault fault;
        private final AtomicLong struckAt = new AtomicLong();

        Strike(int step, Fault fault) {
            this.step = step;
            this.fault = fault;
        }

        @Override
        public void onEvent(int rank, TrainerEvent event) {
            if (event instanceof TrainerEvent.Step done
                    && done.step() >= step
                    && struckAt.compareAndSet(0, System.nanoTime())) {
                try {
                    fault.strike();
                } catch (IOException failed) {
                    throw new AssertionError(failed);
                }
            }
        }

        long secondsSince() {
            assertThat(struckAt.get()).as("the fault was never injected").isNotZero();
            return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - struckAt.get());
        }
    }
}
