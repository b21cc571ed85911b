package dev.packtrain.jobs.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The most memory that this process ever had, as the kernel counts it, and what of it is known.
 *
 * @param peakBytes resident memory at its largest
 * @param fileBytes resident pages of files at the end: libraries and the JDK's classes
 * @param heapBytes what the JVM holds for its heap at the end
 * @param nonHeapBytes what the JVM holds for classes and compiled code at the end
 */
record PeakMemory(long peakBytes, long fileBytes, long heapBytes, long nonHeapBytes) {
    private static final Path STATUS = Path.of("/proc/self/status");

    /** Asks the kernel and the JVM. */
    static PeakMemory ofThisProcess() throws IOException {
        Map<String, String> status = Files.readAllLines(STATUS).stream()
                .map(line -> line.split(":\\s+", 2))
                .filter(parts -> parts.length == 2)
                .collect(Collectors.toMap(parts -> parts[0], parts -> parts[1]));
        Function<String, Long> bytes = field -> {
            String value = status.get(field);
            if (value == null) {
                throw new IllegalStateException(STATUS + " has no " + field + "; this needs Linux.");
            }
            return Long.parseLong(value.replace(" kB", "")) * 1024;
        };
        var memory = ManagementFactory.getMemoryMXBean();
        return new PeakMemory(
                bytes.apply("VmHWM"),
                bytes.apply("RssFile"),
                memory.getHeapMemoryUsage().getCommitted(),
                memory.getNonHeapMemoryUsage().getCommitted());
    }

    /** What is left of the peak is native memory: tensors, libraries and their allocators. */
    void putInto(BenchFigures figures) {
        figures.put("peak_rss_bytes", peakBytes)
                .put("jvm_heap", heapBytes)
                .put("jvm_classes_and_code", nonHeapBytes)
                .put("mapped_files", fileBytes)
                .put("native_memory", peakBytes - heapBytes - nonHeapBytes - fileBytes);
    }
}
