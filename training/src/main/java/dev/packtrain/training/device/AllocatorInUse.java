package dev.packtrain.training.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What is behind {@code malloc} in this process, and so behind every tensor in the host's memory. */
public final class AllocatorInUse {
    private static final Path MAPS = Path.of("/proc/self/maps");
    private static final List<String> KNOWN = List.of("tcmalloc", "jemalloc", "mimalloc");

    private AllocatorInUse() {}

    /**
     * tcmalloc, jemalloc or mimalloc if such a library was preloaded, else {@code glibc}.
     *
     * @throws IOException if the kernel does not say what is mapped
     */
    public static String name() throws IOException {
        try (Stream<String> lines = Files.lines(MAPS)) {
            List<String> mapped = lines.filter(line -> line.contains(".so")).toList();
            return KNOWN.stream()
                    .filter(name -> mapped.stream().anyMatch(line -> line.contains("/lib" + name)))
                    .findFirst()
                    .orElse("glibc");
        }
    }
}
