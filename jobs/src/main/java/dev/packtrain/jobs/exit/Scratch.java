package dev.packtrain.jobs.exit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A folder to work in. A temporary one does not stay, also where a signal ends this process. */
public final class Scratch implements AutoCloseable {
    private static final long EXIT_SECONDS = 10;
    private static final long POLL_MILLIS = 50;

    private final Path path;
    /** Of a temporary one. */
    private final Optional<ExitHook> atExit;

    private Scratch(Path path, boolean temporary) {
        this.path = path;
        this.atExit = temporary ? Optional.of(new ExitHook(ExitHook.FOLDERS, this::deleteAtExit)) : Optional.empty();
    }

    /** A folder of somebody's choice, which stays. */
    public static Scratch at(Path chosen) {
        return new Scratch(chosen, false);
    }

    /** A new folder where temporary ones are; it does not stay. */
    public static Scratch temporary(String prefix) throws IOException {
        return new Scratch(Files.createTempDirectory(prefix), true);
    }

    /** A new folder below one, which is made if it is missing; it does not stay. */
    public static Scratch below(Path parent, String prefix) throws IOException {
        return new Scratch(Files.createTempDirectory(Files.createDirectories(parent), prefix), true);
    }

    /** It. */
    public Path path() {
        return path;
    }

    /** Removes a folder with all that is in it. */
    public static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.delete(file);
            }
        }
    }

    /** Threads that do not know that this process ends may still be making files here. */
    private void deleteAtExit() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(EXIT_SECONDS);
        while (Files.exists(path)) {
            try {
                delete(path);
            } catch (IOException | UncheckedIOException stillInUse) {
                if (System.nanoTime() > end) {
                    System.err.printf("%s stays, for it cannot be removed (%s)%n", path, stillInUse.getMessage());
                    return;
                }
                pause();
            }
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        if (atExit.isPresent() && atExit.get().cancel()) {
            delete(path);
        }
    }
}
