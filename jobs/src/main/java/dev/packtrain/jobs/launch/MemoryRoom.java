package dev.packtrain.jobs.launch;

import dev.packtrain.kernels.GpuCapabilities;
import dev.packtrain.training.device.OutOfMemory;
import java.util.Optional;
import org.apache.spark.SparkConf;

/**
 * How much memory a rank may take where it runs.
 *
 * @param bytes at most
 * @param place what has so much, a clause
 * @param remedy what to do where that is not enough
 */
record MemoryRoom(long bytes, String place, String remedy) {
    /**
     * Of a rank that computes on the CPU: its part of the host, or of what YARN or Kubernetes let an executor take beside its heap.
     *
     * @param hostBytes of the host or the container
     */
    static MemoryRoom onHost(SparkConf conf, long hostBytes, String host, int ranksOnHost, int ranksOnExecutor) {
        MemoryRoom whole = new MemoryRoom(
                hostBytes / ranksOnHost,
                "host %s or its container has %s for %s"
                        .formatted(host, HostMemory.gib(hostBytes / ranksOnHost), each(ranksOnHost)),
                OutOfMemory.REMEDY);
        long overhead = ExecutorOverhead.bytes(conf).orElse(Long.MAX_VALUE) / ranksOnExecutor;
        return overhead >= whole.bytes()
                ? whole
                : new MemoryRoom(
                        overhead,
                        "its executor may take %s beside the heap for %s"
                                .formatted(HostMemory.gib(overhead), each(ranksOnExecutor)),
                        "raise %s, to which YARN and Kubernetes hold executors, or %s"
                                .formatted(ExecutorOverhead.KEY, OutOfMemory.REMEDY));
    }

    /** Of a rank that computes on a GPU, of which the smallest of the host counts. */
    static MemoryRoom onGpu(GpuCapabilities here, String host) {
        long bytes = here.gpus().stream()
                .mapToLong(GpuCapabilities.Gpu::memoryBytes)
                .min()
                .orElse(Long.MAX_VALUE);
        return new MemoryRoom(
                bytes, "a GPU of host %s has %s".formatted(host, HostMemory.gib(bytes)), OutOfMemory.REMEDY);
    }

    /**
     * A sentence if that will not do: better than to be killed when it is full.
     *
     * @param needed what a rank will take at most, by {@code packtrain plan}; 0 if that is not known
     */
    Optional<String> warning(long needed) {
        return needed <= bytes
                ? Optional.empty()
                : Optional.of("Memory will run out: a rank of this training needs %s, and %s; %s."
                        .formatted(HostMemory.gib(needed), place, remedy));
    }

    private static String each(int ranks) {
        return ranks == 1 ? "it" : "each of its %d ranks".formatted(ranks);
    }
}
