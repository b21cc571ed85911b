package dev.packtrain.jobs.launch;

import org.apache.spark.SparkContext;

/** How many tasks, and so training processes, the cluster can run at once. */
public final class Slots {
    private Slots() {}

    /** Tasks that can run at the same time now. */
    public static int of(SparkContext spark) {
        return spark.maxNumConcurrentTasks(spark.resourceProfileManager().defaultResourceProfile());
    }

    /** Executors that are registered now; 1 in local mode, where the driver is the executor. */
    public static int numExecutors(SparkContext spark) {
        // The driver is listed among them, except in local mode, where it is all there is.
        return Math.max(1, spark.statusTracker().getExecutorInfos().length - (spark.isLocal() ? 0 : 1));
    }
}
