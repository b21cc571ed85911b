package dev.packtrain.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.launch.TrainerEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that start again, with children that only speak the protocol. */
class RestartsDistributedTest {
    private static SparkContext spark;

    @TempDir
    Path dir;

    private final List<String> notices = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void start() {
        spark = new SparkContext(new SparkConf()
                .setMaster("local[2]")
                .setAppName("restarts")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.executor.heartbeatInterval", "250ms"));
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    void aLostRankIsReplacedAndSaid() throws Exception {
        TrainerEvent.Finished finished = train("kill-once@1", 2, 3);

        assertThat(finished.summary()).containsEntry("train_loss", 0.25);
        assertThat(notices)
                .singleElement()
                .asString()
                .matches(
                        "Restart 1 of 3 from the beginning, for there is no checkpoint of it yet, in 1 s: rank 1 on host 127\\.0\\.0\\.1 was killed by signal 9"
                                + " \\(.*\\) at step 2\\.");
    }

    @Test
    void theLastFailureIsTheErrorWhenNoRestartIsLeft() {
        TrainingFailedException failure =
                catchThrowableOfType(TrainingFailedException.class, () -> train("internal@0", 1, 1));

        assertThat(failure)
                .hasMessageStartingWith("rank 0 on host 127.0.0.1 failed at step 2: the disk is full; that was after 1"
                        + " restart, all that max_restarts allows; no checkpoint was written yet");
        assertThat(failure.lastLines()).contains("the stack trace");
        assertThat(notices).hasSize(1);
    }

    @Test
    void aUsersMistakeIsNotTriedAgain() {
        assertThatThrownBy(() -> train("user@0", 1, 5))
                .isInstanceOf(BadInputException.class)
                .hasMessage("the vocabulary is 7, wanted 8");
        assertThat(notices).isEmpty();
    }

    private TrainerEvent.Finished train(String script, int worldSize, int maxRestarts) throws IOException {
        return new Restarts(
                        spark,
                        StageResources.DEFAULT,
                        (rank, event) -> {
                            if (event instanceof TrainerEvent.Notice notice) {
                                notices.add(notice.message());
                            }
                        },
                        maxRestarts)
                .train(FakePlan.of(dir, script, worldSize));
    }
}
