package dev.packtrain.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.packtrain.jobs.TrainJob;
import dev.packtrain.jobs.TrainLaunch;
import dev.packtrain.jobs.launch.TrainingFailedException;
import dev.packtrain.jobs.launch.TrainingListener;
import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.packing.Manifest;
import dev.packtrain.training.launch.TrainerEvent;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real Spark standalone cluster does what local mode does. */
@Timeout(240)
class StandaloneClusterIT {
    private static final Distribution DISTRIBUTION = Distribution.find();
    private static final int STEPS = 6;
    private static final int LONG = 100_000;
    private static final TrainLaunch TWO_RANKS = new TrainLaunch(2, 1, "256m");

    @TempDir
    static Path dir;

    private static SmallJob job;
    private static Path localData;
    private static StandaloneCluster cluster;

    @BeforeAll
    static void start() throws Exception {
        try (SparkSession spark = LocalSpark.open()) {
            job = SmallJob.create(dir, spark);
            localData = job.prepare(spark, "local-data");
            TrainJob.run(
                    spark,
                    SmallJob.recipe(job.trainKeys(localData, "local-model", STEPS, 0))
                            .resolve(Command.TRAIN),
                    TWO_RANKS,
                    (rank, event) -> {});
        }
        cluster = StandaloneCluster.start(DISTRIBUTION, dir);
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void submittedJobsMakeTheSameShardsAndTheSameLossesAsLocalMode() throws Exception {
        submit("PrepareJob", SmallJob.arguments(job.prepareKeys("cluster-data")));
        Path data = dir.resolve("cluster-data");
        assertThat(shards(data)).isEqualTo(shards(localData)).hasSizeGreaterThan(1);

        List<String> arguments = SmallJob.arguments(job.trainKeys(data, "cluster-model", STEPS, 0));
        // Two executors are there, so two ranks, without --num_processes.
        arguments.addAll(List.of("--num_threads", "1", "--trainer_heap", "256m"));
        String screen = submit("TrainJob", arguments);

        assertThat(job.losses("cluster-model")).hasSize(STEPS).isEqualTo(job.losses("local-model"));
        assertThat(screen).contains("2 ranks of 1 thread").contains("step 6/6");
        assertThat(dir.resolve("cluster-model/logs/rank-0.log")).exists();
        assertThat(dir.resolve("cluster-model/logs/rank-1.log")).exists();
        new Trainers(dir.resolve("cluster-model")).awaitNone(5);
    }

    /** Here the executors read the jars where they are, as on a shared file system. */
    @Test
    void stepsReachTheDriverWhileTrainingAndALostExecutorEndsTheJob() throws Exception {
        Trainers trainers = new Trainers(dir.resolve("lost-model"));
        AtomicInteger stepsSeen = new AtomicInteger();
        TrainingListener killer = (rank, event) -> {
            if (rank == 0 && event instanceof TrainerEvent.Step && stepsSeen.incrementAndGet() == 20) {
                assertThat(trainers.alive()).hasSize(2);
                List<ProcessHandle> executors = cluster.executors();
                assertThat(executors)
                        .allSatisfy(executor -> assertThat(executor.children()).hasSize(1));
                executors.get(0).destroyForcibly();
            }
        };
        TrainingFailedException failure;
        try (SparkSession spark = LocalSpark.on(cluster.url())
                .config("spark.executor.extraClassPath", DISTRIBUTION.extraClassPath())
                .getOrCreate()) {
            failure = catchThrowableOfType(
                    TrainingFailedException.class,
                    () -> TrainJob.run(
                            spark,
                            SmallJob.recipe(job.trainKeys(localData, "lost-model", LONG, 0))
                                    .resolve(Command.TRAIN),
                            TWO_RANKS,
                            killer));
            trainers.awaitNone(15);
        }

        assertThat(stepsSeen).hasValueGreaterThanOrEqualTo(20);
        assertThat(failure)
                .hasMessageMatching(
                        "rank [01] on host 127\\.0\\.0\\.1, at step \\d+ when last heard of, was lost with its"
                                + " executor \\(executor \\d+ exited .* 137\\); no checkpoint was written yet, so run the same"
                                + " command again");
        assertThat(failure.rankLost()).isTrue();
    }

    private static String submit(String mainClass, List<String> arguments) throws Exception {
        List<String> command = DISTRIBUTION.javaWithSpark("1g");
        command.addAll(List.of("org.apache.spark.deploy.SparkSubmit", "--master", cluster.url()));
        command.addAll(List.of("--properties-file", DISTRIBUTION.sparkDefaults().toString()));
        command.addAll(List.of("--conf", "spark.driver.host=127.0.0.1", "--conf", "spark.ui.enabled=false"));
        command.addAll(List.of("--class", "dev.packtrain.jobs." + mainClass, "--jars", commaSeparatedJars()));
        command.add(DISTRIBUTION.jobsJar().toString());
        command.addAll(arguments);
        try (JavaProcess driver = JavaProcess.start(DISTRIBUTION, command, dir.resolve(mainClass + ".log"))) {
            int status = driver.await(120);
            assertThat(status).as(driver.output()).isZero();
            return driver.output();
        }
    }

    private static String commaSeparatedJars() {
        return DISTRIBUTION.libJars().stream().map(Path::toString).collect(Collectors.joining(","));
    }

    private static Map<String, String> shards(Path data) throws Exception {
        return Manifest.read(data.resolve(Manifest.FILE_NAME)).shards().stream()
                .collect(Collectors.toMap(shard -> shard.file(), shard -> shard.sha256()));
    }
}
