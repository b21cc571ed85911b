package dev.packtrain.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.packtrain.jobs.cluster.Distribution;
import dev.packtrain.jobs.cluster.LocalSpark;
import dev.packtrain.jobs.cluster.StandaloneCluster;
import dev.packtrain.training.launch.TrainerEvent;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A host that falls silent with everything on it, as when its cable is cut: its worker, executor and rank are stopped. Spark
 * goes on counting its slots until it gives the executor up.
 */
class SilentHostIT {
    private static final Distribution DISTRIBUTION = Distribution.find();

    @TempDir
    Path dir;

    @Test
    void aRestartWaitsUntilSparkKnowsAndSaysThatTheRoomIsGone() throws Exception {
        List<String> notices = new CopyOnWriteArrayList<>();
        TrainingFailedException failure;
        try (StandaloneCluster cluster = StandaloneCluster.start(DISTRIBUTION, dir);
                SparkSession spark = LocalSpark.on(cluster.url())
                        .config("spark.executor.extraClassPath", DISTRIBUTION.extraClassPath() + ":" + testClasses())
                        .config("spark.executor.extraJavaOptions", Distribution.childOptions(dir))
                        .config("spark.network.timeout", "30s")
                        .config("spark.network.timeoutInterval", "1s")
                        .getOrCreate()) {
            TrainingListener listener = (rank, event) -> {
                if (event instanceof TrainerEvent.Notice notice) {
                    notices.add(notice.message());
                    // Both executors have come; no other will.
                    spark.sparkContext().conf().set("spark.scheduler.maxRegisteredResourcesWaitingTime", "2s");
                }
            };
            failure = catchThrowableOfType(TrainingFailedException.class, () -> new Restarts(
                            spark.sparkContext(), StageResources.DEFAULT, listener, 1)
                    .train(FakePlan.of(dir, "freeze-host@1,peer@0", 2)));
        }

        assertThat(notices).hasSize(2);
        assertThat(notices.get(0))
                .startsWith(
                        "Restart 1 of 1 from the beginning, for there is no checkpoint of it yet, in 1 s: rank 0 on host");
        assertThat(notices.get(1))
                .isEqualTo(
                        "The restart waits until Spark gives up the executor that does not answer, up to 60 s (twice spark.network.timeout).");
        assertThat(failure)
                .hasMessageContaining("; it could not start again, because training wants 2 tasks at the same time")
                .hasMessageContaining("has room for 1 after 2 s");
        assertThat(failure.rankLost()).isTrue();
    }

    private static String testClasses() {
        return FakeTrainer.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath();
    }
}
