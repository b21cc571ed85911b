package dev.packtrain.training.collectives;

import java.util.Optional;

/**
 * What a rank has called; the other ranks of the group must call the same.
 *
 * @param number of the call within its group, from 1
 * @param kind what it does
 * @param what the caller's name for it
 * @param elements of the input
 * @param dtype of the input, empty if there is none
 */
record CollectiveCall(long number, CollectiveKind kind, String what, long elements, String dtype) {
    private static final String SEPARATOR = "\t";

    CollectiveCall {
        what = what.replaceAll("\\s", " ");
    }

    /** Two calls with the same signature are the same call; two others have the same one with probability 2⁻⁶⁴. */
    long signature() {
        long hash = number;
        hash = mix(hash, kind.name().hashCode());
        hash = mix(hash, what.hashCode());
        hash = mix(hash, elements);
        return mix(hash, dtype.hashCode());
    }

    private static long mix(long hash, long value) {
        long mixed = (hash ^ value) * 0x9e3779b97f4a7c15L;
        return mixed ^ (mixed >>> 29);
    }

    /** For people: {@code all-gather 17 (weights of layer 3, 1024 bfloat16)}. */
    String describe() {
        return dtype.isEmpty()
                ? "%s %d (%s)".formatted(kind.title(), number, what)
                : "%s %d (%s, %d %s)".formatted(kind.title(), number, what, elements, dtype);
    }

    /** As one line, which {@link #parse} reads. */
    String toLine() {
        return String.join(SEPARATOR, Long.toString(number), kind.name(), what, Long.toString(elements), dtype);
    }

    static Optional<CollectiveCall> parse(String line) {
        String[] parts = line.split(SEPARATOR, -1);
        return parts.length != 5
                ? Optional.empty()
                : Optional.of(new CollectiveCall(
                        Long.parseLong(parts[0]),
                        CollectiveKind.valueOf(parts[1]),
                        parts[2],
                        Long.parseLong(parts[3]),
                        parts[4]));
    }
}
