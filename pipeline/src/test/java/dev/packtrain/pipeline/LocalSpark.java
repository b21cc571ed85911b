package dev.packtrain.pipeline;

import org.apache.spark.sql.SparkSession;

/** A Spark session inside the test's JVM. */
public final class LocalSpark {
    private LocalSpark() {}

    /** A session on {@code master}; the caller stops it. */
    public static SparkSession start(String master) {
        return SparkSession.builder()
                .master(master)
                .appName("test")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.hadoop.fs.faulty.impl", FaultyFileSystem.class.getName())
                .config("spark.hadoop.fs.AbstractFileSystem.faulty.impl", DelegatingFs.class.getName())
                .getOrCreate();
    }
}
