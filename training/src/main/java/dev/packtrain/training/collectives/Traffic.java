package dev.packtrain.training.collectives;

/**
 * What one rank has sent to others since its group was made, in bytes of payload; by the algorithm that was used. A
 * phase is measured by the difference of two of these.
 *
 * @param allReduce by all-reduces: {@code 2 (n-1)/n} of the tensor each, or {@code n-1} times a tensor of a few elements
 * @param reduceScatter by reduce-scatters: {@code (n-1)/n} of the input each
 * @param allGather by all-gathers and exchanges: {@code (n-1)/n} of the output each
 * @param broadcast by broadcasts
 */
public record Traffic(long allReduce, long reduceScatter, long allGather, long broadcast) {
    /** Nothing sent. */
    public static final Traffic NONE = new Traffic(0, 0, 0, 0);

    static Traffic of(CollectiveKind kind, long bytes) {
        return switch (kind) {
            case ALL_REDUCE, ALL_REDUCE_MAX -> new Traffic(bytes, 0, 0, 0);
            case REDUCE_SCATTER -> new Traffic(0, bytes, 0, 0);
            case ALL_GATHER -> new Traffic(0, 0, bytes, 0);
            case BROADCAST -> new Traffic(0, 0, 0, bytes);
            case BARRIER -> NONE;
        };
    }

    /** Over all kinds. */
    public long bytes() {
        return allReduce + reduceScatter + allGather + broadcast;
    }

    /** This and another's together. */
    public Traffic plus(Traffic other) {
        return new Traffic(
                allReduce + other.allReduce,
                reduceScatter + other.reduceScatter,
                allGather + other.allGather,
                broadcast + other.broadcast);
    }

    /** What was sent since {@code earlier}. */
    public Traffic since(Traffic earlier) {
        return new Traffic(
                allReduce - earlier.allReduce,
                reduceScatter - earlier.reduceScatter,
                allGather - earlier.allGather,
                broadcast - earlier.broadcast);
    }
}
