package dev.packtrain.jobs.cluster;

import org.apache.spark.sql.SparkSession;

/** Sessions inside the test's own process. */
public final class LocalSpark {
    private LocalSpark() {}

    /** Two slots, and heartbeats that carry events soon. */
    public static SparkSession open() {
        return on("local[2]").getOrCreate();
    }

    /** On any master, with this process as the driver. */
    public static SparkSession.Builder on(String master) {
        return SparkSession.builder()
                .master(master)
                .appName("packtrain test")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.executor.heartbeatInterval", "250ms")
                .config("spark.scheduler.maxRegisteredResourcesWaitingTime", Eventually.HANG_SECONDS + "s");
    }
}
