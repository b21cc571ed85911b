package dev.packtrain.training.metrics;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * Wall-clock time of one step by part. Native calls on the CPU return when they are done; on a GPU a part's time is that
 * of starting its work, but for the parts that wait for a result. Used by one thread.
 */
public final class StepClock {
    private static final double NANOS = 1e9;

    private final Map<StepPart, Double> seconds = new EnumMap<>(StepPart.class);
    private long last = System.nanoTime();

    /** The time since the last call (or since this was made) belongs to {@code part}. */
    public void lap(StepPart part) {
        long now = System.nanoTime();
        seconds.merge(part, (now - last) / NANOS, Double::sum);
        last = now;
    }

    /** Seconds so far; parts that took none may be absent. */
    public Map<StepPart, Double> seconds() {
        return Collections.unmodifiableMap(seconds);
    }
}
