package dev.packtrain.jobs.launch;

import dev.packtrain.kernels.GpuCapabilities;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The GPU of a rank.
 *
 * @param address as Spark's task resources name it, which is what the driver's tools list: an index or a UUID; empty if
 *     Spark hands out no GPUs
 * @param index 0-based among the GPUs that the rank's process sees
 */
record GpuGrant(Optional<String> address, int index) {
    /**
     * From what Spark gave a task. A process that Spark gave a GPU sees that one only.
     *
     * @param addresses of the task's resource {@code gpu}; empty if it has none
     * @param localRank the GPU without Spark's word
     * @param who the rank, for a message
     * @throws RankFailedException as the user's mistake, if there are several
     */
    static GpuGrant of(List<String> addresses, int localRank, String who) {
        if (addresses.size() > 1) {
            throw mistake(
                    "%s was given %d GPUs (%s), but a rank computes on one; set spark.task.resource.gpu.amount to 1"
                            .formatted(who, addresses.size(), String.join(", ", addresses)));
        }
        return addresses.isEmpty()
                ? new GpuGrant(Optional.empty(), localRank)
                : new GpuGrant(Optional.of(addresses.get(0)), 0);
    }

    /**
     * Looks whether a host has a GPU for each of its ranks where Spark hands out none.
     *
     * @param gpus that the executor sees
     * @param numRanks on this host
     */
    void requireOneEach(GpuCapabilities gpus, int numRanks, String host) {
        int numGpus = gpus.gpus().size();
        if (address.isEmpty() && numGpus == 0) {
            throw mistake("device is cuda, but host %s has no GPU (%s); run where there is one, or set device to cpu"
                    .formatted(host, gpus.absentReason()));
        }
        if (address.isEmpty() && numRanks > numGpus) {
            throw mistake(
                    "%d ranks are on host %s, which has %d GPU%s, and two ranks cannot share one; start at most as many ranks on a host as it has GPUs, or set device to cpu"
                            .formatted(numRanks, host, numGpus, numGpus == 1 ? "" : "s"));
        }
    }

    /**
     * What a rank tells the others of where it computes.
     *
     * @param rank who
     * @param host where
     * @param gpu address; empty if Spark gave none
     */
    record Seat(int rank, String host, String gpu) {}

    /** Looks whether two ranks got the same GPU, as with a fraction of a GPU a task. */
    static void requireDifferent(List<Seat> seats) {
        Map<String, Seat> taken = new HashMap<>();
        for (Seat seat : seats) {
            Seat other = seat.gpu().isEmpty() ? null : taken.put(seat.host() + " " + seat.gpu(), seat);
            if (other != null) {
                throw mistake(
                        "ranks %d and %d were both given GPU %s of host %s, and two ranks cannot share one; set spark.task.resource.gpu.amount to 1"
                                .formatted(other.rank(), seat.rank(), seat.gpu(), seat.host()));
            }
        }
    }

    private static RankFailedException mistake(String sentence) {
        return new RankFailedException(new RankFailure(RankFailure.Kind.USER, sentence, List.of()));
    }
}
