package dev.packtrain.jobs.launch;

import java.util.ArrayDeque;
import java.util.List;

/** The last lines of a stream. Thread-safe. */
final class LastLines {
    /** How many are kept. */
    static final int KEPT = 20;

    private static final int MAX_LINE = 500;

    private final ArrayDeque<String> lines = new ArrayDeque<>();

    synchronized void add(String line) {
        if (lines.size() == KEPT) {
            lines.removeFirst();
        }
        lines.addLast(line.length() <= MAX_LINE ? line : line.substring(0, MAX_LINE) + "…");
    }

    synchronized List<String> snapshot() {
        return List.copyOf(lines);
    }
}
