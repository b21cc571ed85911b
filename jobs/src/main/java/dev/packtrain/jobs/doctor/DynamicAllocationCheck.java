package dev.packtrain.jobs.doctor;

import org.apache.spark.SparkConf;

/** A barrier stage needs all its slots at once, and Spark refuses it with dynamic allocation. */
final class DynamicAllocationCheck implements Check {
    private static final String KEY = "spark.dynamicAllocation.enabled";

    private final SparkConf conf;

    DynamicAllocationCheck(SparkConf conf) {
        this.conf = conf;
    }

    @Override
    public String what() {
        return "dynamic allocation";
    }

    @Override
    public Finding run() {
        return conf.getBoolean(KEY, false)
                ? Finding.fail("on, and Spark runs no barrier stage with it", KEY + " false")
                : Finding.ok("off");
    }
}
