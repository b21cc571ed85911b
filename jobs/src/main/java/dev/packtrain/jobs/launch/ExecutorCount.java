package dev.packtrain.jobs.launch;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * How many executors a cluster gives an application. They register one by one after the application has started, so a
 * count taken at once would make the number of ranks, and with it the global batch, a matter of luck.
 */
final class ExecutorCount {
    /** Executors of one application start together; a gap this long means that no more come. */
    static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final IntSupplier registered;
    private final long limitNanos;
    private final LongSupplier nanoTime;
    private final BooleanSupplier pause;

    /**
     * Over a cluster.
     *
     * @param registered executors now
     * @param limitSeconds of the whole wait
     * @param nanoTime as {@link System#nanoTime}
     * @param pause between two looks; false if the wait is to end
     */
    ExecutorCount(IntSupplier registered, long limitSeconds, LongSupplier nanoTime, BooleanSupplier pause) {
        this.registered = registered;
        this.limitNanos = TimeUnit.SECONDS.toNanos(limitSeconds);
        this.nanoTime = nanoTime;
        this.pause = pause;
    }

    /**
     * Waits until as many are there as were asked for or, if nobody said, until the count has not changed for 3 s; as long
     * as the limit at most.
     *
     * @param wanted executors that were asked for; 0 if nobody said
     * @return executors, maybe 0, never more than were asked for
     */
    int await(int wanted) {
        long start = nanoTime.getAsLong();
        long changed = start;
        int count = registered.getAsInt();
        while (!settled(count, wanted, nanoTime.getAsLong() - changed)
                && nanoTime.getAsLong() - start < limitNanos
                && pause.getAsBoolean()) {
            int now = registered.getAsInt();
            if (now != count) {
                count = now;
                changed = nanoTime.getAsLong();
            }
        }
        return wanted > 0 ? Math.min(count, wanted) : count;
    }

    private static boolean settled(int count, int wanted, long unchangedNanos) {
        return wanted > 0 ? count >= wanted : count > 0 && unchangedNanos >= QUIET_NANOS;
    }
}
