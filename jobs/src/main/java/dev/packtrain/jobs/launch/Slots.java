package dev.packtrain.jobs.launch;

import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;

/** How many tasks, and so training processes, the cluster can run at once. */
public final class Slots {
    private static final long WAIT_FOR_EXECUTORS_SECONDS = 30;
    private static final long POLL_MILLIS = 250;

    private Slots() {}

    /** Tasks that can run at the same time now. */
    public static int of(SparkContext spark) {
        return spark.maxNumConcurrentTasks(spark.resourceProfileManager().defaultResourceProfile());
    }

    /** Tasks that can run at the same time, once {@code wanted} can or 30 s have passed: executors may be on their way. */
    public static int await(SparkContext spark, int wanted) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_FOR_EXECUTORS_SECONDS);
        int slots = of(spark);
        while (slots < wanted && !spark.isLocal() && System.nanoTime() < deadline) {
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                return slots;
            }
            slots = of(spark);
        }
        return slots;
    }

    /** Executors that are registered now; 1 in local mode, where the driver is the executor. */
    public static int numExecutors(SparkContext spark) {
        // The driver is listed among them, except in local mode, where it is all there is.
        return Math.max(1, spark.statusTracker().getExecutorInfos().length - (spark.isLocal() ? 0 : 1));
    }
}
