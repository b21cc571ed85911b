package dev.packtrain.jobs.launch;

import com.sun.management.OperatingSystemMXBean;
import dev.packtrain.training.device.OutOfMemory;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/** The memory that processes beside this JVM share with it. */
final class HostMemory {
    /** What to do where it runs out; for the end of a sentence. */
    static final String REMEDY =
            "give it more (on YARN and Kubernetes spark.executor.memoryOverhead: ranks live beside the heap of an executor), or "
                    + OutOfMemory.REMEDY;

    private static final double GIB = 1L << 30;

    private HostMemory() {}

    /** Bytes of this host, or of the container that this JVM is in if that may have less. */
    static long bytes() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
    }

    /** A number of bytes for a sentence. */
    static String gib(long bytes) {
        return String.format(Locale.ROOT, "%.1f GiB", bytes / GIB);
    }
}
