package dev.packtrain.jobs.doctor;

import java.time.Duration;
import org.apache.spark.SparkConf;

/** How long a barrier waits for a task that will not come. */
final class BarrierTimeoutCheck implements Check {
    private static final String KEY = "spark.barrier.sync.timeout";
    private static final String DEFAULT = "365d";
    private static final long LONGEST_SECONDS = Duration.ofDays(1).toSeconds();

    private final SparkConf conf;

    BarrierTimeoutCheck(SparkConf conf) {
        this.conf = conf;
    }

    @Override
    public String what() {
        return "barrier timeout";
    }

    @Override
    public Finding run() {
        if (!conf.contains(KEY)) {
            return Finding.ok("not set, so packtrain train sets it to ddp_timeout");
        }
        String value = conf.get(KEY, DEFAULT);
        return conf.getTimeAsSeconds(KEY, DEFAULT) <= LONGEST_SECONDS
                ? Finding.ok(value)
                : Finding.warn(value + ", for which a lost task would block a stage", KEY + " 1800s");
    }
}
