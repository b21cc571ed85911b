package dev.packtrain.jobs;

import dev.packtrain.jobs.launch.AllocatorLibrary;

/**
 * How many training processes there are, and how each is started. Not part of a recipe: it belongs to the cluster.
 *
 * @param numProcesses ranks; 0: one in local mode, one an executor on a cluster
 * @param numThreads libtorch's threads in a rank; 0: the rank's share of its host's cores
 * @param heap Java heap of a rank, such as {@code 1g}; tensors are outside it
 * @param cpusPerProcess cores that Spark sets aside for a rank; 0: as for any task of the application
 * @param gpusPerProcess GPUs that Spark gives a rank, 0 or 1; −1: as {@link
 *     dev.packtrain.jobs.launch.StageResources} finds right
 * @param allocator what gives ranks their memory: {@code auto}, {@code system} or the path of a library on their hosts; see
 *     {@link AllocatorLibrary}
 */
public record TrainLaunch(
        int numProcesses, int numThreads, String heap, int cpusPerProcess, int gpusPerProcess, String allocator) {
    /** Enough for a shard reader and the protocol. */
    public static final String DEFAULT_HEAP = "1g";

    /** With what Spark gives any task. */
    public TrainLaunch(int numProcesses, int numThreads, String heap) {
        this(numProcesses, numThreads, heap, 0, -1, AllocatorLibrary.AUTO);
    }

    /** So many ranks, the rest by default. */
    public static TrainLaunch of(int numProcesses) {
        return new TrainLaunch(numProcesses, 0, DEFAULT_HEAP);
    }
}
