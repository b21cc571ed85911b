package dev.packtrain.pipeline;

import java.util.Map;
import java.util.TreeMap;

/** Wall-clock seconds of the stages of a run. */
final class Stopwatch {
    private static final double NANOS = 1e9;

    private final long start = System.nanoTime();
    private final Map<String, Double> seconds = new TreeMap<>();
    private long lapStart = start;

    /** Ends the lap that is being timed and names it. */
    void lap(String name) {
        long now = System.nanoTime();
        seconds.put(name, (now - lapStart) / NANOS);
        lapStart = now;
    }

    /** The laps so far, and {@code total}. */
    Map<String, Double> seconds() {
        Map<String, Double> all = new TreeMap<>(seconds);
        all.put("total", (System.nanoTime() - start) / NANOS);
        return all;
    }
}
