package dev.packtrain.jobs.launch;

import java.util.OptionalLong;
import org.apache.spark.SparkConf;

/** What YARN and Kubernetes let an executor take beside its heap: the memory that its ranks live in. */
public final class ExecutorOverhead {
    /** The setting. */
    public static final String KEY = "spark.executor.memoryOverhead";

    private ExecutorOverhead() {}

    /** Bytes, as Spark computes them; empty where the master holds executors to nothing. */
    public static OptionalLong bytes(SparkConf conf) {
        String master = conf.get("spark.master", "");
        if (!master.startsWith("yarn") && !master.startsWith("k8s://")) {
            return OptionalLong.empty();
        }
        if (conf.contains(KEY)) {
            return OptionalLong.of(conf.getSizeAsMb(KEY) << 20);
        }
        double factor = conf.getDouble(
                "spark.executor.memoryOverheadFactor", conf.getDouble("spark.kubernetes.memoryOverheadFactor", 0.1));
        long share = (long) (factor * conf.getSizeAsMb("spark.executor.memory", "1g"));
        return OptionalLong.of(Math.max(share, conf.getSizeAsMb("spark.executor.minMemoryOverhead", "384m")) << 20);
    }
}
