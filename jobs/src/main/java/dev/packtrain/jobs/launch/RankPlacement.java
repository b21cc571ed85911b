package dev.packtrain.jobs.launch;

import dev.packtrain.kernels.GpuCapabilities;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.BarrierTaskInfo;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.resource.ResourceInformation;

/**
 * Where a rank runs.
 *
 * @param task the barrier task's partition
 * @param rank its number among the processes, see {@link RankAssignment}
 * @param localRank its number among those of its host
 * @param gpu where it computes, if on a GPU
 * @param host on which the other ranks reach this one
 * @param cpu its part of the host's cores
 * @param memory that it may take on its device
 */
record RankPlacement(int task, int rank, int localRank, GpuGrant gpu, String host, CpuShare cpu, MemoryRoom memory) {
    /**
     * Finds out, and looks whether training can run like this.
     *
     * @throws RankFailedException if not
     */
    static RankPlacement of(BarrierTaskContext context, RankPlan plan) {
        int task = context.partitionId();
        List<String> addresses = Arrays.stream(context.getTaskInfos())
                .map(BarrierTaskInfo::address)
                .toList();
        RankAssignment assignment = RankAssignment.of(addresses);
        if (!plan.mesh().acrossHosts()) {
            assignment.requireGroupsOnOneHost(plan.mesh().tensor());
        }
        SparkConf conf = SparkEnv.get().conf();
        // In local mode everything is on this machine, whose own name may not even resolve.
        boolean local = conf.get("spark.master", "").startsWith("local");
        String host = local ? "127.0.0.1" : assignment.hosts().get(task);
        int ranksOnHost = assignment.ranksOnHost(task);
        int ranksOnExecutor =
                (int) addresses.stream().filter(addresses.get(task)::equals).count();
        CpuShare cpu = CpuShare.of(conf, plan.child().numThreads(), ranksOnHost, ranksOnExecutor, context.cpus());
        int rank = assignment.ranks().get(task);
        int localRank = assignment.localRanks().get(task);
        GpuGrant gpu = GpuGrant.of(gpuAddresses(context), localRank, "rank %d on host %s".formatted(rank, host));
        if (!plan.device().equals("cuda")) {
            MemoryRoom memory = MemoryRoom.onHost(conf, HostMemory.bytes(), host, ranksOnHost, ranksOnExecutor);
            return new RankPlacement(task, rank, localRank, gpu, host, cpu, memory);
        }
        GpuCapabilities gpus = GpuCapabilities.probe();
        gpu.requireOneEach(gpus, ranksOnHost, host);
        return new RankPlacement(task, rank, localRank, gpu, host, cpu, MemoryRoom.onGpu(gpus, host));
    }

    private static List<String> gpuAddresses(BarrierTaskContext context) {
        ResourceInformation gpu = context.resourcesJMap().get("gpu");
        return gpu == null ? List.of() : List.of(gpu.addresses());
    }
}
