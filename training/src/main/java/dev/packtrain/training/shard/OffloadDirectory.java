package dev.packtrain.training.shard;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.checkpoint.Durable;
import dev.packtrain.training.options.ParallelOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where a rank's offloaded state lies while the run goes on: {@code .offload-<rank>} in the output directory. It is scratch:
 * deleted with the run, and, if that was killed, when the output directory is claimed next.
 */
public final class OffloadDirectory implements AutoCloseable {
    private static final String PREFIX = ".offload-";

    private final Path path;
    private final boolean made;

    private OffloadDirectory(Path path, boolean made) {
        this.path = path;
        this.made = made;
    }

    /**
     * A rank's directory, made only where the options offload to disk.
     *
     * @throws BadInputException if it cannot be made
     */
    public static OffloadDirectory of(Path outputDir, int rank, ParallelOptions options) {
        Path path = outputDir.resolve(PREFIX + rank);
        boolean makes = options.offload() == ParallelOptions.Offload.DISK;
        if (makes) {
            try {
                Durable.delete(path);
                Files.createDirectory(path);
            } catch (IOException e) {
                throw new BadInputException(
                        "cannot make %s for the state that offload puts on disk (%s); give an output_dir that every rank can write to."
                                .formatted(path, e));
            }
        }
        return new OffloadDirectory(path, makes);
    }

    /** Deletes what killed runs have left in an output directory. */
    public static void removeStale(Path outputDir) throws IOException {
        try (Stream<Path> entries = Files.list(outputDir)) {
            List<Path> stale = entries.filter(
                            entry -> entry.getFileName().toString().startsWith(PREFIX))
                    .toList();
            for (Path entry : stale) {
                Durable.delete(entry);
            }
        }
    }

    /** The directory; it exists only if something is offloaded to disk. */
    public Path path() {
        return path;
    }

    @Override
    public void close() {
        if (made) {
            try {
                Durable.delete(path);
            } catch (IOException e) {
                System.err.println("cannot delete " + path + ": " + e);
            }
        }
    }
}
