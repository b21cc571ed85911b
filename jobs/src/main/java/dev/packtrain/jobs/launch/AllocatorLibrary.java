package dev.packtrain.jobs.launch;

import dev.packtrain.packing.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The library that gives training processes their memory in place of the C library's {@code malloc}. Tensors of a step come
 * and go in a few sizes of megabytes; glibc leaves holes between them, a quarter of a process's peak, where tcmalloc puts a
 * new tensor where one of its size has been, in the same time. jemalloc saves as much and costs a tenth of the speed, so it has
 * to be asked for. {@code docs/benchmarks.md} has the figures.
 *
 * @param path the library, which the dynamic linker loads first; empty: the C library's own
 */
public record AllocatorLibrary(Optional<Path> path) {
    /** gperftools' tcmalloc where a host has it where distributions put libraries, else the C library's. */
    public static final String AUTO = "auto";

    /** The C library's own. */
    public static final String SYSTEM = "system";

    private static final String PRELOAD = "LD_PRELOAD";

    /** The same allocator without and with its profilers. */
    private static final List<String> NAMES = List.of("libtcmalloc_minimal.so.4", "libtcmalloc.so.4");

    private static final List<Path> DIRECTORIES = Stream.of(
                    "/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib")
            .map(Path::of)
            .toList();

    /**
     * The library on this host.
     *
     * @param asked {@value #AUTO}, {@value #SYSTEM}, or the path of a library
     * @throws BadInputException if the path is not there
     */
    public static AllocatorLibrary find(String asked) {
        return find(asked, DIRECTORIES);
    }

    static AllocatorLibrary find(String asked, List<Path> directories) {
        return switch (asked) {
            case AUTO ->
                new AllocatorLibrary(NAMES.stream()
                        .flatMap(name -> directories.stream().map(directory -> directory.resolve(name)))
                        .filter(Files::isRegularFile)
                        .findFirst());
            case SYSTEM -> new AllocatorLibrary(Optional.empty());
            default -> {
                Path library = Path.of(asked);
                if (!Files.isRegularFile(library)) {
                    throw new BadInputException(
                            "--allocator is %s, which is no file on this host; wanted %s, %s, or the path of a library such as %s."
                                    .formatted(asked, AUTO, SYSTEM, NAMES.get(0)));
                }
                yield new AllocatorLibrary(Optional.of(library));
            }
        };
    }

    /** Lets a process load it, behind whatever its environment preloads already. */
    void preload(Map<String, String> environment) {
        path.ifPresent(library -> {
            environment.merge(PRELOAD, library.toString(), (before, ours) -> before + " " + ours);
            // tcmalloc reports every gigabyte it gives; here that is business as usual.
            environment.put("TCMALLOC_LARGE_ALLOC_REPORT_THRESHOLD", Long.toString(Long.MAX_VALUE));
        });
    }

    /** Its path, or a name for the C library's. */
    public String describe() {
        return path.map(Path::toString).orElse("the C library's");
    }
}
