package dev.packtrain.jobs;

/**
 * How many training processes there are, and how each is started. Not part of a recipe: it belongs to the cluster.
 *
 * @param numProcesses ranks; 0: one in local mode, one an executor on a cluster
 * @param numThreads libtorch's threads in a rank; 0: the rank's share of its host's cores
 * @param heap Java heap of a rank, such as {@code 1g}; tensors are outside it
 */
public record TrainLaunch(int numProcesses, int numThreads, String heap) {
    /** Enough for a shard reader and the protocol. */
    public static final String DEFAULT_HEAP = "1g";

    /** So many ranks, the rest by default. */
    public static TrainLaunch of(int numProcesses) {
        return new TrainLaunch(numProcesses, 0, DEFAULT_HEAP);
    }
}
