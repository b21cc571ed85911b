package dev.packtrain.jobs.doctor;

import dev.packtrain.jobs.launch.ExecutorOverhead;
import java.util.Locale;
import java.util.OptionalLong;
import org.apache.spark.SparkConf;

/** What an executor may take beside its heap, against what a rank takes before it holds a model. */
final class OverheadCheck implements Check {
    private static final double GIB = 1L << 30;

    private final SparkConf conf;

    OverheadCheck(SparkConf conf) {
        this.conf = conf;
    }

    @Override
    public String what() {
        return ExecutorOverhead.KEY;
    }

    @Override
    public Finding run() {
        OptionalLong bytes = ExecutorOverhead.bytes(conf);
        if (bytes.isEmpty()) {
            return Finding.ok("executors are held to none here; ranks live beside their heaps");
        }
        String found = String.format(
                Locale.ROOT,
                "%.1f GiB, in which the ranks of an executor live; each takes up to %.1f GiB, and on the CPU its model, of which"
                        + " packtrain plan says how much",
                bytes.getAsLong() / GIB,
                MemoryCheck.RANK / GIB);
        return bytes.getAsLong() >= MemoryCheck.RANK
                ? Finding.ok(found)
                : Finding.warn(found, ExecutorOverhead.KEY + " 2g, and more on the CPU");
    }
}
