package dev.packtrain.jobs.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.jobs.PrepareJob;
import dev.packtrain.jobs.cluster.Distribution;
import dev.packtrain.jobs.cluster.Eventually;
import dev.packtrain.jobs.cluster.JavaProcess;
import dev.packtrain.jobs.cluster.LocalSpark;
import dev.packtrain.jobs.cluster.SmallJob;
import dev.packtrain.jobs.cluster.StandaloneCluster;
import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.Manifest;
import dev.packtrain.pipeline.PrepareListener;
import dev.packtrain.pipeline.PrepareStage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Executors, workers and drivers that are killed while they prepare, and two jobs with one output: there is the old data
 * set or the new one, whole, and the same command makes what an undisturbed run makes.
 */
@Timeout(240)
class PrepareFaultIT {
    private static final Distribution DISTRIBUTION = Distribution.find();
    private static final int NUM_KILLS = 3;

    @TempDir
    static Path dir;

    private static SmallJob job;
    private static Map<String, String> undisturbed;

    @BeforeAll
    static void start() throws IOException {
        try (SparkSession spark = LocalSpark.open()) {
            job = SmallJob.create(dir, spark);
            PrepareJob.run(spark, SmallJob.recipe(keys("undisturbed")));
        }
        undisturbed = DataSetFiles.of(dir.resolve("undisturbed"));
        assertThat(undisturbed).hasSizeGreaterThan(5);
    }

    /** Groups of 16 rows, so that some twenty tasks are there to be killed. */
    private static Map<String, Object> keys(String output) {
        Map<String, Object> keys = job.prepareKeys(output);
        keys.put("packing_group_size", 16);
        return keys;
    }

    @Test
    void aLostExecutorALostWorkerAndSpeculationLeaveOneCopyOfEverything() throws Exception {
        try (StandaloneCluster cluster = StandaloneCluster.start(DISTRIBUTION, dir);
                SparkSession spark = LocalSpark.on(cluster.url())
                        .config("spark.executor.extraClassPath", DISTRIBUTION.extraClassPath())
                        .config("spark.speculation", "true")
                        .config("spark.speculation.interval", "10ms")
                        .config("spark.speculation.quantile", "0.05")
                        .config("spark.speculation.multiplier", "1.01")
                        .config("spark.speculation.minTaskRuntime", "1ms")
                        .getOrCreate()) {
            prepare(spark, "lost-executor", () -> cluster.executors().get(0).destroyForcibly());
            assertThat(DataSetFiles.of(dir.resolve("lost-executor"))).isEqualTo(undisturbed);
            prepare(spark, "lost-worker", cluster::killWorker);
            assertThat(DataSetFiles.of(dir.resolve("lost-worker"))).isEqualTo(undisturbed);
        }
    }

    /** Strikes when the first group is packed. */
    private static void prepare(SparkSession spark, String output, Runnable fault) {
        AtomicBoolean struck = new AtomicBoolean();
        PrepareListener killer = (stage, done, total) -> {
            if (stage == PrepareStage.PACKING && done >= 1 && done < total && struck.compareAndSet(false, true)) {
                fault.run();
            }
        };
        PrepareJob.run(spark, SmallJob.recipe(keys(output)).resolve(Command.PREPARE), killer);
        assertThat(struck).as("the fault was injected").isTrue();
    }

    /** What of a run can be seen from outside when it is to be killed. */
    private enum Moment {
        LOCKED("_packtrain.lock"),
        STAGING("_staging-"),
        COMMITTING("shards");

        private final String prefix;

        Moment(String prefix) {
            this.prefix = prefix;
        }

        boolean isReached(Path output) {
            if (!Files.isDirectory(output)) {
                return false;
            }
            try (Stream<Path> entries = Files.list(output)) {
                return entries.anyMatch(entry -> entry.getFileName().toString().startsWith(prefix));
            } catch (IOException | java.io.UncheckedIOException goesAway) {
                return false;
            }
        }
    }

    @Test
    void aKilledDriverLeavesNothingOrAllAndTheSameCommandFinishes() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int kill = 0; kill < NUM_KILLS; kill++) {
            Moment moment = Moment.values()[kill % Moment.values().length];
            int delay = moment == Moment.COMMITTING ? random.nextInt(20) : random.nextInt(400);
            String what = "seed %d, %d ms after %s".formatted(seed, delay, moment);
            Path output = dir.resolve("killed-" + kill);
            try (JavaProcess driver = driver(output, "killed-" + kill)) {
                Eventually.holds(
                        60, () -> moment.isReached(output) || !driver.handle().isAlive(), driver::output);
                Thread.sleep(delay);
                driver.handle().destroyForcibly();
                driver.handle().onExit().join();
            }
            finish(what, output);
        }
    }

    /** The same command once more. */
    private static void finish(String what, Path output) throws IOException {
        boolean whole = Files.exists(output.resolve(Manifest.FILE_NAME));
        if (whole) {
            DataSetFiles.requireWhole(output);
        }
        try (SparkSession spark = LocalSpark.open()) {
            PrepareJob.run(spark, SmallJob.recipe(keys(output.getFileName().toString())));
            assertThat(whole).as(what).isFalse();
            assertThat(DataSetFiles.of(output)).as(what).isEqualTo(undisturbed);
        } catch (BadInputException refused) {
            assertThat(whole).as(what + ": " + refused.getMessage()).isTrue();
            assertThat(refused).hasMessageContaining("holds a data set already");
            // Copies for people, the lock and the staging directory may be as the killed job left them.
            assertThat(DataSetFiles.of(output)).as(what).containsAllEntriesOf(versioned());
        }
    }

    private static Map<String, String> versioned() {
        Map<String, String> files = new java.util.TreeMap<>(undisturbed);
        files.keySet().removeIf(name -> name.startsWith("tokenizer/"));
        return files;
    }

    @Test
    void ofTwoJobsWithOneOutputOneWinsAndTheOtherSaysSo() throws Exception {
        Path output = dir.resolve("contested");
        List<String> screens = new ArrayList<>();
        int numWinners = 0;
        try (JavaProcess one = driver(output, "one");
                JavaProcess two = driver(output, "two")) {
            for (JavaProcess each : List.of(one, two)) {
                if (each.await(120) == 0) {
                    numWinners++;
                } else {
                    screens.add(each.output());
                }
            }
        }
        assertThat(numWinners).as(screens.toString()).isEqualTo(1);
        assertThat(screens).singleElement().satisfies(screen -> assertThat(screen)
                .containsPattern("is being written by another job|holds a data set already")
                .doesNotContain("\tat "));
        assertThat(DataSetFiles.of(output)).isEqualTo(undisturbed);
    }

    private static JavaProcess driver(Path output, String name) {
        List<String> command = DISTRIBUTION.javaWithEverything("768m");
        command.add("-Dpacktrain.log.file=" + dir.resolve(name + "-spark.log"));
        command.addAll(List.of("dev.packtrain.jobs.Packtrain", "prepare"));
        command.addAll(SmallJob.arguments(keys(output.getFileName().toString())));
        return JavaProcess.start(DISTRIBUTION, command, dir.resolve(name + ".log"));
    }
}
