package dev.packtrain.jobs.doctor;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Memory against what the driver and the ranks take before they hold a model. */
final class MemoryCheck implements Check {
    private static final double GIB = 1L << 30;
    /** A JVM's own memory beside its heap. */
    private static final long DRIVER_BESIDE_HEAP = 1L << 29;
    /** A rank's heap is 1 GiB at most; libtorch with MKL, loaded, takes about 0.5 GiB more. */
    static final long RANK = 3L << 29;

    private static final Path MEMINFO = Path.of("/proc/meminfo");
    private static final String AVAILABLE = "MemAvailable:";

    private final Target target;

    MemoryCheck(Target target) {
        this.target = target;
    }

    @Override
    public String what() {
        return "memory";
    }

    @Override
    public Finding run() throws IOException {
        return judge(availableBytes());
    }

    Finding judge(long available) {
        long ranks = target.isLocal() ? target.numProcesses() : 0;
        long wanted = Runtime.getRuntime().maxMemory() + DRIVER_BESIDE_HEAP + ranks * RANK;
        String found = String.format(
                Locale.ROOT,
                "%.1f GiB available; the driver and %d ranks here take up to %.1f GiB, and the model about 16 bytes a"
                        + " parameter a rank",
                available / GIB,
                ranks,
                wanted / GIB);
        return available >= wanted
                ? Finding.ok(found)
                : Finding.warn(found, "fewer --num_processes, a smaller --trainer_heap, or PACKTRAIN_DRIVER_MEMORY=1g");
    }

    private static long availableBytes() throws IOException {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        if (!Files.isReadable(MEMINFO)) {
            return system.getFreeMemorySize();
        }
        for (String line : Files.readAllLines(MEMINFO)) {
            if (line.startsWith(AVAILABLE)) {
                String kibibytes =
                        line.substring(AVAILABLE.length()).replace("kB", "").strip();
                // The file tells of the whole machine; a container may have less.
                return Math.min(Long.parseLong(kibibytes) * 1024, system.getTotalMemorySize());
            }
        }
        throw new IOException(MEMINFO + " has no line " + AVAILABLE);
    }
}
