package dev.packtrain.jobs.launch;

import dev.packtrain.packing.BadInputException;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;

/** How many tasks, and so training processes, the cluster can run at once. */
public final class Slots {
    /** How long Spark waits for executors before its first task, and so how long a restart waits for a lost one. */
    private static final String WAIT_KEY = "spark.scheduler.maxRegisteredResourcesWaitingTime";

    private static final String SPARKS_DEFAULT_WAIT = "30s";
    private static final long POLL_MILLIS = 250;

    private Slots() {}

    /** Tasks that can run at the same time now, each with what {@code resources} says. */
    static int of(SparkContext spark, StageResources resources) {
        return spark.maxNumConcurrentTasks(resources.profile(spark));
    }

    /** Tasks as Spark runs them by default that fit at the same time, as {@link #await(SparkContext, StageResources, int)}. */
    public static int await(SparkContext spark, int wanted) {
        return await(spark, StageResources.DEFAULT, wanted);
    }

    /** How long executors were waited for, to be said in a sentence; nothing in local mode. */
    static String waited(SparkContext spark) {
        return spark.isLocal() ? "" : " after %d s (%s)".formatted(waitSeconds(spark), WAIT_KEY);
    }

    /** How long executors are waited for. */
    static long waitSeconds(SparkContext spark) {
        return spark.conf().getTimeAsSeconds(WAIT_KEY, SPARKS_DEFAULT_WAIT);
    }

    /**
     * Tasks that can run at the same time, once {@code wanted} can or the time of {@link #WAIT_KEY} has passed: executors
     * may be on their way.
     */
    static int await(SparkContext spark, StageResources resources, int wanted) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(waitSeconds(spark));
        int slots = of(spark, resources);
        while (slots < wanted && !spark.isLocal() && System.nanoTime() < deadline && pause()) {
            slots = of(spark, resources);
        }
        return slots;
    }

    /** Executors that are registered now; 1 in local mode, where the driver is the executor. */
    public static int numExecutors(SparkContext spark) {
        // The driver is listed among them, except in local mode, where it is all there is.
        return Math.max(1, spark.statusTracker().getExecutorInfos().length - (spark.isLocal() ? 0 : 1));
    }

    /**
     * Executors that the application was given, once they are there; 1 in local mode.
     *
     * @throws BadInputException if none registers
     */
    public static int awaitExecutors(SparkContext spark) {
        if (spark.isLocal()) {
            return 1;
        }
        int wanted = spark.conf().getInt("spark.executor.instances", 0);
        int registered = new ExecutorCount(() -> registered(spark), waitSeconds(spark), System::nanoTime, Slots::pause)
                .await(wanted);
        if (registered == 0) {
            throw new BadInputException(
                    "no executor of the cluster at %s was there%s; check that its workers have free cores and memory, or set a longer time"
                            .formatted(spark.master(), waited(spark)));
        }
        return registered;
    }

    /** The driver is listed among them. */
    private static int registered(SparkContext spark) {
        return spark.statusTracker().getExecutorInfos().length - 1;
    }

    /** Whether the caller may go on waiting: not after an interrupt. */
    private static boolean pause() {
        try {
            Thread.sleep(POLL_MILLIS);
            return true;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
