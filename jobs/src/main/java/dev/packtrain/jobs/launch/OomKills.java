package dev.packtrain.jobs.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Whether the kernel has lately killed a process of this machine because memory ran out, that of the machine or of a
 * container. It does so with the signal that everybody else kills with, and counts.
 */
final class OomKills {
    private static final Path COUNTERS = Path.of("/proc/vmstat");
    private static final String COUNTER = "oom_kill ";

    /** Longer than a process of many gigabytes takes to be gone, which the count comes before. */
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Supplier<OptionalLong> counter;
    private final long windowNanos;
    private OptionalLong before;
    private OptionalLong later;
    private long lastLook = System.nanoTime();

    /** Of this machine. */
    OomKills() {
        this(OomKills::count, WINDOW_NANOS);
    }

    OomKills(Supplier<OptionalLong> counter, long windowNanos) {
        this.counter = counter;
        this.windowNanos = windowNanos;
        before = counter.get();
        later = before;
    }

    /** To be called every now and then, so that kills of long ago are not counted. */
    void look() {
        if (System.nanoTime() - lastLook > windowNanos) {
            lastLook = System.nanoTime();
            before = later;
            later = counter.get();
        }
    }

    /** Whether there was one in the last one or two windows; false where the kernel does not count. */
    boolean wereThere() {
        OptionalLong now = counter.get();
        return before.isPresent() && now.isPresent() && now.getAsLong() > before.getAsLong();
    }

    private static OptionalLong count() {
        try (Stream<String> lines = Files.lines(COUNTERS)) {
            return lines.filter(line -> line.startsWith(COUNTER))
                    .mapToLong(line -> Long.parseLong(line.substring(COUNTER.length())))
                    .findFirst();
        } catch (IOException noLinux) {
            return OptionalLong.empty();
        }
    }
}
