package dev.packtrain.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.launch.TrainerEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The barrier stage in local mode, with children that only speak the protocol. */
class BarrierTrainingDistributedTest {
    private static SparkContext spark;

    @TempDir
    Path dir;

    @BeforeAll
    static void start() {
        spark = new SparkContext(new SparkConf()
                .setMaster("local[2]")
                .setAppName("barrier")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.executor.heartbeatInterval", "1s"));
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    void everyEventReachesTheDriverOnceAndInOrder() {
        List<String> events = new CopyOnWriteArrayList<>();
        TrainerEvent.Finished finished =
                BarrierTraining.run(spark, FakePlan.of(dir, "well", 2), StageResources.DEFAULT, (rank, event) -> {
                    if (event instanceof TrainerEvent.Step step) {
                        events.add(rank + ":" + step.step());
                    }
                });

        assertThat(finished.summary()).containsEntry("train_loss", 0.25);
        assertThat(events.stream().filter(event -> event.startsWith("0:")))
                .containsExactly("0:1", "0:2", "0:3", "0:4", "0:5");
        assertThat(events.stream().filter(event -> event.startsWith("1:"))).hasSize(5);
        assertThat(spark.conf().get("spark.barrier.sync.timeout")).isEqualTo("30s");
        assertThat(dir.resolve("logs/rank-0.log")).exists();
        assertThat(dir.resolve("logs/rank-1.log")).exists();
    }

    @Test
    void eventsArriveWhileTheStageRuns() throws Exception {
        // Rank 1 waits at step 2 until a step has been seen on the driver, which then kills it.
        List<Long> killed = new CopyOnWriteArrayList<>();
        TrainingFailedException failure = catchThrowableOfType(
                TrainingFailedException.class,
                () -> BarrierTraining.run(
                        spark, FakePlan.of(dir, "deaf@1", 2), StageResources.DEFAULT, (rank, event) -> {
                            if (rank == 1
                                    && event instanceof TrainerEvent.Step step
                                    && step.step() == 2
                                    && killed.isEmpty()) {
                                killed.add(pid(1));
                                ProcessHandle.of(pid(1)).orElseThrow().destroyForcibly();
                            }
                        }));

        assertThat(killed).hasSize(1);
        assertThat(failure).hasMessageContaining("rank 1 on host 127.0.0.1 was killed by signal 9");
        assertThat(failure.rankLost()).isTrue();
    }

    @Test
    void theFailedRankIsNamedAndTheOthersEnd() throws Exception {
        Files.createDirectories(dir.resolve("checkpoint-2"));
        TrainingFailedException failure = catchThrowableOfType(
                TrainingFailedException.class,
                () -> BarrierTraining.run(spark, FakePlan.of(dir, "kill@1", 2), StageResources.DEFAULT, (r, e) -> {}));

        assertThat(failure)
                .hasMessageStartingWith("rank 1 on host 127.0.0.1 was killed by signal 9")
                .hasMessageContaining("at step 2")
                .hasMessageContaining("--resume_from_checkpoint true");
        assertThat(failure.lastLines()).contains("behaving kill");
        assertThat(failure.rankLost()).isTrue();
        assertThat(ProcessHandle.of(pid(0)).map(ProcessHandle::isAlive).orElse(false))
                .isFalse();
    }

    @Test
    void anInterruptedCallerLeavesNoRankBehind() throws Exception {
        Thread caller = Thread.currentThread();
        TrainingFailedException failure = catchThrowableOfType(
                TrainingFailedException.class,
                () -> BarrierTraining.run(
                        spark, FakePlan.of(dir, "deaf@1", 2), StageResources.DEFAULT, (rank, event) -> {
                            if (rank == 1 && event instanceof TrainerEvent.Step step && step.step() == 2) {
                                caller.interrupt();
                            }
                        }));

        assertThat(failure).hasMessageStartingWith("training was interrupted");
        assertThat(failure.ending()).isEqualTo(TrainingFailedException.Ending.CANCELLED);
        assertThat(ProcessHandle.of(pid(1)).map(ProcessHandle::isAlive).orElse(false))
                .isFalse();
    }

    /** Spark has said nothing of the job then; it starts all the same. */
    @Test
    void aCallerThatIsInterruptedAtOnceWaitsForTheEndOfItsJob() {
        AtomicInteger jobsEnded = new AtomicInteger();
        AtomicInteger tasksRunning = new AtomicInteger();
        SparkListener listener = new SparkListener() {
            @Override
            public void onTaskStart(SparkListenerTaskStart start) {
                tasksRunning.incrementAndGet();
            }

            @Override
            public void onTaskEnd(SparkListenerTaskEnd end) {
                tasksRunning.decrementAndGet();
            }

            @Override
            public void onJobEnd(SparkListenerJobEnd end) {
                jobsEnded.incrementAndGet();
            }
        };
        spark.addSparkListener(listener);
        Thread.currentThread().interrupt();
        TrainingFailedException failure = catchThrowableOfType(
                TrainingFailedException.class,
                () -> BarrierTraining.run(
                        spark, FakePlan.of(dir, "deaf@1", 2), StageResources.DEFAULT, (rank, event) -> {}));
        int ended = jobsEnded.get();
        int running = tasksRunning.get();
        spark.removeSparkListener(listener);

        assertThat(failure).hasMessageStartingWith("training was interrupted");
        assertThat(ended).isOne();
        assertThat(running).isZero();
    }

    @Test
    void aRankThatNeverStartsIsASentenceWithoutSparksWords() {
        TrainingFailedException failure = catchThrowableOfType(
                TrainingFailedException.class,
                () -> BarrierTraining.run(
                        spark, FakePlan.of(dir, "silent-start@1", 2), StageResources.DEFAULT, (r, e) -> {}));
        assertThat(failure)
                .hasMessageStartingWith("not all of the 2 ranks had started 30 s after the first of them (ddp_timeout)")
                .hasMessageContaining(dir + "/logs/rank-*.log")
                .hasMessageNotContaining("Spark");
        assertThat(failure.rankLost()).isTrue();
    }

    @Test
    void theUsersMistakeIsBadInput() {
        assertThatThrownBy(() ->
                        BarrierTraining.run(spark, FakePlan.of(dir, "user@0", 1), StageResources.DEFAULT, (r, e) -> {}))
                .isInstanceOf(BadInputException.class)
                .hasMessage("the vocabulary is 7, wanted 8");
    }

    @Test
    void tooFewSlotsIsOneSentence() {
        assertThatThrownBy(() ->
                        BarrierTraining.run(spark, FakePlan.of(dir, "well", 3), StageResources.DEFAULT, (r, e) -> {}))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("training wants 3 tasks")
                .hasMessageContaining("room for 2");
    }

    @Test
    void refusesWhatABarrierStageCannotLiveWith() {
        assertThatThrownBy(
                        () -> Preflight.checkConf(new SparkConf(false).set("spark.dynamicAllocation.enabled", "true")))
                .hasMessageContaining("spark.dynamicAllocation.enabled=false");
        assertThatThrownBy(() -> Preflight.checkConf(new SparkConf(false).set("spark.speculation", "true")))
                .hasMessageContaining("spark.speculation=false");
    }

    @Test
    void aMissingDataSetIsBadInput() {
        RankPlan plan = FakePlan.of(dir, "well", 1);
        RankPlan elsewhere = new RankPlan(
                plan.mesh(),
                "cpu",
                new RankPlan.Paths("nosuchfs://host/data", 1, null, dir.toString(), Map.of()),
                plan.optionsJson(),
                plan.recipeJson(),
                plan.child(),
                plan.deadlines());
        assertThatThrownBy(() -> BarrierTraining.run(spark, elsewhere, StageResources.DEFAULT, (r, e) -> {}))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("nosuchfs://host/data");
    }

    private long pid(int rank) {
        try {
            return Long.parseLong(Files.readString(dir.resolve("pid-" + rank)));
        } catch (java.io.IOException unreadable) {
            throw new java.io.UncheckedIOException(unreadable);
        }
    }
}
