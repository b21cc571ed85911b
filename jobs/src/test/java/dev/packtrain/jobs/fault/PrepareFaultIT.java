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
import dev.packtrain.pipeline.sample.SampleGenerator;
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
import org.junit.jupiter.api.io.TempDir;

/**
 * Executors, workers and drivers that are killed while they prepare, and two jobs with one output: there is the old data
 * set or the new one, whole, and the same command makes what an undisturbed run makes.
 */
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
                        .config("spark.executor.extraJavaOptions", Distribution.childOptions(dir))
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
        LOCKED("", "_packtrain.lock"),
        STAGING("", "_staging-"),
        COMMITTING("shards", "shard-%05d-");

        private final String folder;
        private final String prefix;

        Moment(String folder, String prefix) {
            this.folder = folder;
            this.prefix = prefix;
        }

        /** Whether a run that makes the version has come so far. */
        boolean isReached(Path output, int version) {
            if (!Files.isDirectory(output.resolve(folder))) {
                return false;
            }
            try (Stream<Path> entries = Files.list(output.resolve(folder))) {
                return entries.anyMatch(entry -> entry.getFileName().toString().startsWith(prefix.formatted(version)));
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
            kill(keys("killed-" + kill), 1, moment, delay);
            finish(what, output);
        }
    }

    /** Starts a run that makes a version, and kills it some milliseconds after it was seen to have come so far. */
    private static void kill(Map<String, Object> keys, int version, Moment moment, int delay) throws Exception {
        Path output = Path.of(keys.get("output_dir").toString());
        try (JavaProcess driver = driver(keys, output.getFileName().toString())) {
            Eventually.holds(
                    () -> moment.isReached(output, version) || !driver.handle().isAlive(), driver::output);
            Thread.sleep(delay);
            driver.handle().destroyForcibly();
            driver.handle().onExit().join();
        }
    }

    @Test
    void aDriverKilledWhileItAppendsLeavesTheOldVersionAndTheSameCommandMakesTheNewOne() throws Exception {
        new SampleGenerator(8).writeTo(dir.resolve("more.jsonl"), 200);
        Path expected = DataSetFiles.copy(dir.resolve("undisturbed"), dir.resolve("appended"));
        try (SparkSession spark = LocalSpark.open()) {
            PrepareJob.run(spark, SmallJob.recipe(appendKeys("appended")));
        }
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int kill = 0; kill < NUM_KILLS; kill++) {
            Moment moment = Moment.values()[kill % Moment.values().length];
            int delay = moment == Moment.COMMITTING ? random.nextInt(20) : random.nextInt(400);
            String what = "seed %d, %d ms after %s".formatted(seed, delay, moment);
            Path output = DataSetFiles.copy(dir.resolve("undisturbed"), dir.resolve("append-killed-" + kill));
            kill(appendKeys(output.getFileName().toString()), 2, moment, delay);
            finishAppending(what, output, DataSetFiles.of(expected));
        }
    }

    private static Map<String, Object> appendKeys(String output) {
        Map<String, Object> keys = keys(output);
        keys.put("dataset_name_or_path", dir.resolve("more.jsonl"));
        keys.put("append", true);
        return keys;
    }

    /** Looks at what is there, and gives the same command once more. */
    private static void finishAppending(String what, Path output, Map<String, String> expected) throws IOException {
        boolean isNew = DataSetFiles.requireWhole(output).datasetVersion() == 2;
        Map<String, String> old = versioned();
        if (isNew) {
            // The only file of the old version that another takes the place of.
            old.remove(Manifest.FILE_NAME);
        }
        assertThat(DataSetFiles.of(output)).as(what).containsAllEntriesOf(old);
        try (SparkSession spark = LocalSpark.open()) {
            PrepareJob.run(
                    spark, SmallJob.recipe(appendKeys(output.getFileName().toString())));
            assertThat(isNew).as(what).isFalse();
            assertThat(DataSetFiles.of(output)).as(what).isEqualTo(expected);
        } catch (BadInputException refused) {
            assertThat(isNew).as(what + ": " + refused.getMessage()).isTrue();
            assertThat(refused)
                    .hasMessageContaining("more.jsonl is in the data set")
                    .hasMessageContaining("version 2");
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
        try (JavaProcess one = driver(keys("contested"), "one");
                JavaProcess two = driver(keys("contested"), "two")) {
            for (JavaProcess each : List.of(one, two)) {
                if (each.await() == 0) {
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

    private static JavaProcess driver(Map<String, Object> keys, String name) {
        List<String> command = DISTRIBUTION.javaWithEverything("768m");
        command.add("-Dpacktrain.log.file=" + dir.resolve(name + "-spark.log"));
        command.addAll(List.of("dev.packtrain.jobs.Packtrain", "prepare"));
        command.addAll(SmallJob.arguments(keys));
        return JavaProcess.start(DISTRIBUTION, command, dir.resolve(name + ".log"));
    }
}
