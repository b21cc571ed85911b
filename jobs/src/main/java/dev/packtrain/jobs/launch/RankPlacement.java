package dev.packtrain.jobs.launch;

import java.util.Map;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.BarrierTaskInfo;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.resource.ResourceInformation;

/**
 * Where a rank runs.
 *
 * @param rank the barrier task's partition
 * @param localRank the GPU that Spark gave the task; without one, the rank among those of its host
 * @param host on which the other ranks reach this one
 * @param numThreads for libtorch
 */
record RankPlacement(int rank, int localRank, String host, int numThreads) {
    static RankPlacement of(BarrierTaskContext context, RankPlan plan) {
        int rank = context.partitionId();
        BarrierTaskInfo[] tasks = context.getTaskInfos();
        String address = tasks[rank].address();
        int ranksBefore = 0;
        int ranksOnHost = 0;
        int ranksOnExecutor = 0;
        for (int each = 0; each < tasks.length; each++) {
            boolean sameHost = host(tasks[each].address()).equals(host(address));
            ranksOnHost += sameHost ? 1 : 0;
            ranksBefore += sameHost && each < rank ? 1 : 0;
            ranksOnExecutor += tasks[each].address().equals(address) ? 1 : 0;
        }
        int numThreads = plan.child().numThreads() > 0
                ? plan.child().numThreads()
                : share(SparkEnv.get().conf(), ranksOnHost, ranksOnExecutor, context.cpus());
        boolean local = SparkEnv.get().conf().get("spark.master", "").startsWith("local");
        // In local mode everything is on this machine, whose own name may not even resolve.
        String host = local ? "127.0.0.1" : host(address);
        return new RankPlacement(rank, gpu(context, ranksBefore), host, numThreads);
    }

    /** Executor cores if they are limited, else the host's, divided among the ranks; at least what the task was given. */
    private static int share(SparkConf conf, int ranksOnHost, int ranksOnExecutor, int taskCpus) {
        int share = conf.contains("spark.executor.cores")
                ? conf.getInt("spark.executor.cores", 1) / ranksOnExecutor
                : Runtime.getRuntime().availableProcessors() / ranksOnHost;
        return Math.max(Math.max(1, taskCpus), share);
    }

    private static int gpu(BarrierTaskContext context, int otherwise) {
        Map<String, ResourceInformation> resources = context.resourcesJMap();
        ResourceInformation gpu = resources.get("gpu");
        if (gpu == null || gpu.addresses().length == 0) {
            return otherwise;
        }
        return Integer.parseInt(gpu.addresses()[0]);
    }

    private static String host(String address) {
        int colon = address.lastIndexOf(':');
        return colon < 0 ? address : address.substring(0, colon);
    }
}
