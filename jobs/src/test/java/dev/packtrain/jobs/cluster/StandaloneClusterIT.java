package dev.packtrain.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.jobs.TrainJob;
import dev.packtrain.jobs.TrainLaunch;
import dev.packtrain.jobs.launch.TrainingListener;
import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.packing.Manifest;
import dev.packtrain.training.launch.TrainerEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real Spark standalone cluster does what local mode does. */
class StandaloneClusterIT {
    private static final Distribution DISTRIBUTION = Distribution.find();
    private static final int STEPS = 80;
    private static final int SAVE_STEPS = 30;
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
                    SmallJob.recipe(job.trainKeys(localData, "local-model", STEPS, SAVE_STEPS))
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

    /** Preparing takes a core a task, training a core and a GPU a rank: in one application. */
    @Test
    void aSubmittedJobMakesTheSameShardsAndTheSameLossesAsLocalModeWithAGpuARank() throws Exception {
        Map<String, Object> keys = new LinkedHashMap<>(job.prepareKeys("cluster"));
        job.trainKeys(localData, "cluster", STEPS, SAVE_STEPS).forEach(keys::putIfAbsent);
        List<String> arguments = SmallJob.arguments(keys);
        // Two executors are there, so two ranks, without --num_processes.
        arguments.addAll(List.of("--num_threads", "1", "--trainer_heap", "256m", "--gpus_per_process", "1"));
        String screen = submit("RunJob", arguments);

        assertThat(shards(dir.resolve("cluster/data")))
                .isEqualTo(shards(localData))
                .hasSizeGreaterThan(1);
        assertThat(job.losses("cluster/model")).hasSize(STEPS).isEqualTo(job.losses("local-model"));
        assertThat(screen).contains("2 ranks of 1 thread").contains("step %d/%d".formatted(STEPS, STEPS));
        List<String> headlines = new ArrayList<>();
        for (int rank = 0; rank < 2; rank++) {
            Path log = dir.resolve("cluster/model/logs/rank-%d.log".formatted(rank));
            headlines.add(Files.readAllLines(log).get(0));
        }
        assertThat(headlines).allMatch(line -> line.matches("rank [01] dp=[01] of 2 on host .*, task [01], GPU .*"));
        assertThat(headlines.stream().map(line -> line.replaceAll(".*, GPU ([^,]*),.*", "$1")))
                .containsExactlyInAnyOrderElementsOf(StandaloneCluster.GPUS);
        new Trainers(dir.resolve("cluster/model")).awaitNone(5);
    }

    /** Here the executors read the jars where they are, as on a shared file system. */
    @Test
    void stepsReachTheDriverWhileTrainingAndALostExecutorIsReplaced() throws Exception {
        Trainers trainers = new Trainers(dir.resolve("lost-model"));
        AtomicInteger stepsSeen = new AtomicInteger();
        List<String> notices = new CopyOnWriteArrayList<>();
        Set<String> visible = ConcurrentHashMap.newKeySet();
        TrainingListener killer = (rank, event) -> {
            if (event instanceof TrainerEvent.Notice notice) {
                notices.add(notice.message());
            }
            if (rank == 0 && event instanceof TrainerEvent.Step && stepsSeen.incrementAndGet() == SAVE_STEPS + 5) {
                assertThat(trainers.alive()).hasSize(2);
                visible.addAll(trainers.visibleGpus());
                List<ProcessHandle> executors = cluster.executors();
                assertThat(executors)
                        .allSatisfy(executor -> assertThat(executor.children()).hasSize(1));
                executors.get(0).destroyForcibly();
            }
        };
        Map<String, Object> keys = job.trainKeys(localData, "lost-model", STEPS, SAVE_STEPS);
        keys.put("max_restarts", 1);
        try (SparkSession spark = LocalSpark.on(cluster.url())
                .config("spark.executor.extraClassPath", DISTRIBUTION.extraClassPath())
                .config("spark.executor.extraJavaOptions", Distribution.childOptions(dir))
                .config("spark.executor.resource.gpu.amount", "1")
                .config("spark.task.resource.gpu.amount", "1")
                .getOrCreate()) {
            mustSayHowLongItWaited(spark, keys);
            TrainJob.run(spark, SmallJob.recipe(keys).resolve(Command.TRAIN), TWO_RANKS, killer);
            trainers.awaitNone(60);
        }

        assertThat(notices)
                .anyMatch(
                        notice -> notice.matches(
                                "Restart 1 of 1 from the checkpoint of step \\d+ in 1 s: rank [01] on host 127\\.0\\.0\\.1, at step \\d+ when last heard"
                                        + " of, was lost with its executor \\(executor \\d+ exited .* 137\\); if memory ran out, give it more .*"));
        assertThat(visible).containsExactlyInAnyOrderElementsOf(StandaloneCluster.GPUS);
        assertThat(job.losses("lost-model")).hasSize(STEPS).isEqualTo(job.losses("local-model"));
    }

    /** For one rank more than the cluster can run. */
    private static void mustSayHowLongItWaited(SparkSession spark, Map<String, Object> keys) {
        SparkConf conf = spark.sparkContext().conf();
        String key = "spark.scheduler.maxRegisteredResourcesWaitingTime";
        String patient = conf.get(key);
        conf.set(key, "1s");
        assertThatThrownBy(() -> TrainJob.run(spark, SmallJob.recipe(keys), 3))
                .hasMessageContaining("has room for ")
                .hasMessageContaining(" after 1 s (" + key + "); lower --num_processes, or raise ");
        conf.set(key, patient);
    }

    private static String submit(String mainClass, List<String> arguments) throws Exception {
        List<String> command = DISTRIBUTION.javaWithSpark("1g");
        command.addAll(List.of("org.apache.spark.deploy.SparkSubmit", "--master", cluster.url()));
        command.addAll(List.of("--properties-file", DISTRIBUTION.sparkDefaults().toString()));
        command.addAll(List.of("--conf", "spark.driver.host=127.0.0.1", "--conf", "spark.ui.enabled=false"));
        command.addAll(List.of("--conf", "spark.executor.resource.gpu.amount=1"));
        String waiting = "spark.scheduler.maxRegisteredResourcesWaitingTime=" + Eventually.HANG_SECONDS + "s";
        command.addAll(List.of("--conf", waiting));
        command.addAll(List.of("--conf", "spark.executor.extraJavaOptions=" + Distribution.childOptions(dir)));
        command.addAll(List.of("--class", "dev.packtrain.jobs." + mainClass, "--jars", commaSeparatedJars()));
        command.add(DISTRIBUTION.jobsJar().toString());
        command.addAll(arguments);
        try (JavaProcess driver = JavaProcess.start(DISTRIBUTION, command, dir.resolve(mainClass + ".log"))) {
            int status = driver.await();
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
