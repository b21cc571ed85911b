package dev.packtrain.jobs.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the kernel has lately killed a process of this machine because memory ran out, that of the machine or of a
 * container. It does so with the signal that everybody else kills with, and counts.
 */
final class OomKills {
    private static final Path COUNTERS = Path.of("/proc/vmstat");
    private static final String COUNTER = "oom_kill ";

    /** As if it took half of the memory more, in thousandths. */
    private static final int PREFERRED = 500;

    private static final Logger LOG = LoggerFactory.getLogger(OomKills.class);

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

    /**
     * Lets the kernel choose a process before others of the host or the container, as far as it is not before them anyway: of a rank
     * that it kills, the executor tells, and of an executor nobody.
     */
    static void preferVictim(long pid) {
        Path file = Path.of("/proc", Long.toString(pid), "oom_score_adj");
        try {
            if (Integer.parseInt(Files.readString(file).strip()) < PREFERRED) {
                Files.writeString(file, Integer.toString(PREFERRED));
            }
        } catch (IOException notHere) {
            LOG.debug("the kernel is left to choose for itself", notHere);
        }
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
