package dev.packtrain.training.metrics;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory of this process. */
public final class ProcessMemory {
    private static final Path STATUS = Path.of("/proc/self/status");

    private ProcessMemory() {}

    /** Resident memory in bytes, native memory included (Linux); elsewhere the Java heap in use. */
    public static long residentBytes() {
        return bytes("VmRSS:");
    }

    /** The most that it ever was (Linux); elsewhere the Java heap in use. */
    public static long peakResidentBytes() {
        return bytes("VmHWM:");
    }

    private static long bytes(String field) {
        if (!Files.isReadable(STATUS)) {
            return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
        }
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith(field)) {
                    String kibibytes =
                            line.substring(field.length()).replace("kB", "").strip();
                    return Long.parseLong(kibibytes) * 1024;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalStateException(STATUS + " has no line " + field);
    }
}
