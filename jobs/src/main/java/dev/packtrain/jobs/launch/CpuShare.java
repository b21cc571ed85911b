package dev.packtrain.jobs.launch;

import java.util.Map;
import org.apache.spark.SparkConf;

/**
 * The part of a host's cores that a rank has.
 *
 * @param numThreads of libtorch and of Packtrain's own kernels, which share them
 * @param ranksOnHost ranks of this job on the host, each with as many threads
 */
public record CpuShare(int numThreads, int ranksOnHost) {
    /**
     * How often a thread without work looks for some before it sleeps: 49 µs on an AMD Zen 5, longer where the CPU's {@code PAUSE} is (140
     * cycles on Intel's since Skylake). Between two operations of a step lie a few microseconds; to be woken takes 10 to 50 on a
     * virtual machine.
     */
    private static final int SPIN_COUNT = 2000;

    /** Of a process that has its host for itself. */
    public static CpuShare alone(int numThreads) {
        return new CpuShare(numThreads, 1);
    }

    /**
     * Of a rank that a task starts.
     *
     * @param numThreads that were asked for; 0: executor cores if they are limited, else the host's, divided among the ranks; at least what
     *     the task was given
     * @param ranksOnExecutor those of this host's that share the executor
     * @param taskCpus cores that Spark gave the task
     */
    static CpuShare of(SparkConf conf, int numThreads, int ranksOnHost, int ranksOnExecutor, int taskCpus) {
        if (numThreads > 0) {
            return new CpuShare(numThreads, ranksOnHost);
        }
        int share = conf.contains("spark.executor.cores")
                ? conf.getInt("spark.executor.cores", 1) / ranksOnExecutor
                : Runtime.getRuntime().availableProcessors() / ranksOnHost;
        return new CpuShare(Math.max(Math.max(1, taskCpus), share), ranksOnHost);
    }

    /**
     * Says to the OpenMP runtime how many threads it has and how they wait. Those with a core each look for work for a while: a step of a
     * small model, which starts some 400 parallel regions, takes two thirds of the time. Where ranks have more threads than there are
     * cores, a thread that looks keeps another from working, and all sleep at once. A {@code GOMP_SPINCOUNT} that the executor has holds.
     */
    void tell(Map<String, String> environment) {
        environment.put("OMP_NUM_THREADS", Integer.toString(numThreads));
        environment.put("MKL_NUM_THREADS", Integer.toString(numThreads));
        environment.put("OMP_WAIT_POLICY", "passive");
        if (numThreads * ranksOnHost <= Runtime.getRuntime().availableProcessors()) {
            environment.putIfAbsent("GOMP_SPINCOUNT", Integer.toString(SPIN_COUNT));
        }
    }
}
