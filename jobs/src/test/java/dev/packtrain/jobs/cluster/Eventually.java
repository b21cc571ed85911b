package dev.packtrain.jobs.cluster;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Looks again and again until something holds. */
public final class Eventually {
    private static final long POLL_MILLIS = 50;

    private Eventually() {}

    /** Fails with what {@code otherwise} says if it does not hold in time. */
    public static void holds(int seconds, Callable<Boolean> condition, Supplier<String> otherwise) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (!condition.call()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within %d s: %s".formatted(seconds, otherwise.get()));
            }
            Thread.sleep(POLL_MILLIS);
        }
    }
}
