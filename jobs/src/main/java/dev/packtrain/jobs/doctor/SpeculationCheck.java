package dev.packtrain.jobs.doctor;

import org.apache.spark.SparkConf;

/** Speculation would start a training process twice. */
final class SpeculationCheck implements Check {
    private static final String KEY = "spark.speculation";

    private final SparkConf conf;

    SpeculationCheck(SparkConf conf) {
        this.conf = conf;
    }

    @Override
    public String what() {
        return "speculation";
    }

    @Override
    public Finding run() {
        return conf.getBoolean(KEY, false)
                ? Finding.fail("on, and would start a training process twice", KEY + " false")
                : Finding.ok("off");
    }
}
