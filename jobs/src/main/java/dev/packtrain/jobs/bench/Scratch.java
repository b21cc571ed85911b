package dev.packtrain.jobs.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder to work in.
 *
 * @param path it
 * @param temporary whether closing removes it
 */
record Scratch(Path path, boolean temporary) implements AutoCloseable {
    /** A folder of somebody's choice, which stays; with null a new one, which does not. */
    static Scratch at(Path chosen) throws IOException {
        return chosen == null
                ? new Scratch(Files.createTempDirectory("packtrain-bench-"), true)
                : new Scratch(Files.createDirectories(chosen), false);
    }

    /** A new folder below one, which is made if it is missing; it does not stay. */
    static Scratch below(Path parent) throws IOException {
        return new Scratch(Files.createTempDirectory(Files.createDirectories(parent), "packtrain-bench-"), true);
    }

    /** Removes a folder with all that is in it. */
    static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.delete(file);
            }
        }
    }

    @Override
    public void close() throws IOException {
        if (temporary) {
            delete(path);
        }
    }
}
