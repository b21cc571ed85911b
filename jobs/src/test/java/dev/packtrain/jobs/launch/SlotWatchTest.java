package dev.packtrain.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.training.launch.TrainerEvent;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Jobs that are not marked as the training's stand for a stage whose tasks have not begun. */
class SlotWatchTest {
    private static final int SLOTS = 2;

    private final List<String> notices = new CopyOnWriteArrayList<>();
    private SparkContext spark;
    private StageTasks tasks;

    @BeforeEach
    void start() {
        spark = new SparkContext(new SparkConf()
                .setMaster("local[%d]".formatted(SLOTS))
                .setAppName("slots")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.scheduler.maxRegisteredResourcesWaitingTime", "1s"));
        tasks = new StageTasks(spark);
    }

    @AfterEach
    void stop() {
        tasks.close();
        spark.stop();
    }

    /** Spark's own check was passed, and then an executor went. */
    @Test
    void roomThatIsLostBeforeTheTasksBeginIsNotWaitedForWithoutEnd() {
        JavaFutureAction<List<Integer>> never = sleeping(3_600);
        assertThatThrownBy(() -> watch(SLOTS + 1).await(never, tasks))
                .isInstanceOf(NoRoomException.class)
                .hasMessageContaining("training wants 3 tasks at the same time")
                .hasMessageContaining("has room for 2");
        never.cancel(true);
    }

    @Test
    void slotsThatOthersHoldAreWaitedForAndThatIsSaidOnce() throws Exception {
        assertThat(watch(SLOTS).await(sleeping(12), tasks)).containsExactly(7);
        assertThat(notices)
                .containsExactly(
                        "Training waits for room: it wants 2 tasks at the same time, and the cluster has slots for 2, some of them taken.");
    }

    /** The room that its own tasks take is no longer looked at. */
    @Test
    void tasksThatHaveBegunAreWaitedForWhateverRoomThereIs() throws Exception {
        tasks.mark();
        assertThat(watch(SLOTS + 1).await(sleeping(4), tasks)).containsExactly(7);
        assertThat(tasks.begun()).isTrue();
        assertThat(notices).isEmpty();
    }

    private SlotWatch watch(int wanted) {
        return new SlotWatch(
                spark,
                StageResources.DEFAULT,
                wanted,
                (rank, event) -> notices.add(((TrainerEvent.Notice) event).message()));
    }

    private JavaFutureAction<List<Integer>> sleeping(int seconds) {
        return JavaSparkContext.fromSparkContext(spark)
                .parallelize(List.of(7), 1)
                .map(seven -> {
                    Thread.sleep(1_000L * seconds);
                    return seven;
                })
                .collectAsync();
    }
}
