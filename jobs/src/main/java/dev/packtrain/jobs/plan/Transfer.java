package dev.packtrain.jobs.plan;

/**
 * One kind of communication of a step.
 *
 * @param axis of the mesh: {@code data}, {@code shard} or {@code tensor}
 * @param collective such as {@code reduce-scatter}
 * @param what is sent, for people
 * @param ranks of the group
 * @param bytes that a rank sends in a step, as a ring does it
 */
public record Transfer(String axis, String collective, String what, int ranks, long bytes) {
    /** Reduce-scatter or all-gather of so many bytes in all: (n − 1)/n of them. */
    static Transfer half(String axis, String collective, String what, int ranks, double bytes) {
        return new Transfer(axis, collective, what, ranks, Math.round(bytes * (ranks - 1) / ranks));
    }

    /** All-reduce of so many bytes: a reduce-scatter and an all-gather. */
    static Transfer whole(String axis, String what, int ranks, double bytes) {
        return new Transfer(axis, "all-reduce", what, ranks, Math.round(2 * bytes * (ranks - 1) / ranks));
    }
}
