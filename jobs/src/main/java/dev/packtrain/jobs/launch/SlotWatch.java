package dev.packtrain.jobs.launch;

import dev.packtrain.training.launch.TrainerEvent;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaFutureAction;

/**
 * Waits for a barrier stage. Spark looks whether there is room for its tasks when it is submitted, and never again: where an
 * executor goes before they begin, and none comes for it, Spark itself would wait for ever and say nothing.
 */
final class SlotWatch {
    private static final long POLL_MILLIS = 250;
    private static final long SILENT_SECONDS = 10;

    private final SparkContext spark;
    private final StageResources resources;
    private final int wanted;
    private final TrainingListener listener;
    private final long start = System.nanoTime();
    private long lastRoom = start;
    private boolean told;

    /**
     * A watch that begins now.
     *
     * @param wanted tasks of the stage
     * @param listener is told once, as rank 0's notice, that the stage waits
     */
    SlotWatch(SparkContext spark, StageResources resources, int wanted, TrainingListener listener) {
        this.spark = spark;
        this.resources = resources;
        this.wanted = wanted;
        this.listener = listener;
    }

    /**
     * What the stage comes to.
     *
     * @throws NoRoomException if, before its tasks begin, there is no room for them for as long as executors are waited for
     * @throws ExecutionException if the stage fails
     */
    <T> T await(JavaFutureAction<T> stage, StageTasks tasks)
            throws InterruptedException, ExecutionException, NoRoomException {
        while (!tasks.begun()) {
            try {
                return stage.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException notYet) {
                look();
            }
        }
        return stage.get();
    }

    private void look() throws NoRoomException {
        int slots = Slots.of(spark, resources);
        long now = System.nanoTime();
        if (slots >= wanted) {
            lastRoom = now;
        } else if (now - lastRoom > TimeUnit.SECONDS.toNanos(Slots.waitSeconds(spark))) {
            throw new NoRoomException(spark, resources, wanted, slots);
        }
        if (!told && now - start > TimeUnit.SECONDS.toNanos(SILENT_SECONDS)) {
            told = true;
            listener.onEvent(
                    0,
                    new TrainerEvent.Notice(
                            "Training waits for room: it wants %d tasks at the same time, and the cluster has slots for %d%s."
                                    .formatted(wanted, slots, slots < wanted ? "" : ", some of them taken")));
        }
    }
}
