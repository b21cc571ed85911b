package dev.packtrain.training.checkpoint;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.SavingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Rank 0's claim on {@code output_dir}: locked, cleaned of interrupted writes, and found fit to start anew or to continue.
 *
 * <p>A directory that holds a result is never overwritten by accident: without {@code resume_from_checkpoint} or
 * {@code overwrite_output_dir} it is refused. If both are set, a checkpoint to resume from wins.
 */
public final class OutputDirectory implements AutoCloseable {
    /** Marks a finished model. */
    public static final String WEIGHTS = "model.safetensors";

    /** Prefix of a model that is being written. */
    public static final String MODEL_TEMP_PREFIX = ".model.tmp-";

    private static final List<String> RESULTS =
            List.of(WEIGHTS, "metrics.jsonl", "runs", "train_results.json", "recipe.json");

    private final Path dir;
    private final OutputLock lock;
    private final Checkpoints checkpoints;
    private final Optional<Path> resumeFrom;

    private OutputDirectory(Path dir, OutputLock lock, Checkpoints checkpoints, Optional<Path> resumeFrom) {
        this.dir = dir;
        this.lock = lock;
        this.checkpoints = checkpoints;
        this.resumeFrom = resumeFrom;
    }

    /**
     * Claims a directory, made if missing.
     *
     * @param dir {@code output_dir}
     * @param saving whether to resume, or to overwrite
     * @param notices told of broken checkpoints that are passed over
     * @param onLockLost called if another job takes the directory away
     */
    public static OutputDirectory claim(Path dir, SavingOptions saving, Consumer<String> notices, Runnable onLockLost)
            throws IOException, InterruptedException {
        try {
            Files.createDirectories(dir);
        } catch (IOException e) {
            throw new BadInputException(
                    "output_dir %s cannot be made (%s); give a directory that this user may write to."
                            .formatted(dir, e),
                    e);
        }
        if (!Files.isWritable(dir)) {
            throw new BadInputException(
                    "output_dir %s cannot be written to; give a directory that this user may write to.".formatted(dir));
        }
        OutputLock lock = OutputLock.acquire(dir, onLockLost);
        try {
            Checkpoints checkpoints = new Checkpoints(dir);
            checkpoints.removeStale();
            removeModelTemps(dir);
            Optional<Path> resumeFrom = resumeFrom(checkpoints, saving, notices);
            if (resumeFrom.isEmpty()) {
                requireFree(dir, checkpoints, saving.overwriteOutputDir());
                clean(dir, checkpoints);
            }
            return new OutputDirectory(dir, lock, checkpoints, resumeFrom);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static Optional<Path> resumeFrom(Checkpoints checkpoints, SavingOptions saving, Consumer<String> notices)
            throws IOException {
        return switch (saving.resume()) {
            case "" -> Optional.empty();
            case "true" -> checkpoints.newestIntact(notices);
            default -> {
                Path checkpoint = Path.of(saving.resume());
                Checkpoints.requireIntact(checkpoint);
                yield Optional.of(checkpoint);
            }
        };
    }

    private static void requireFree(Path dir, Checkpoints checkpoints, boolean overwrite) throws IOException {
        if (overwrite) {
            return;
        }
        if (Files.exists(dir.resolve(WEIGHTS))) {
            throw new BadInputException(
                    "output_dir %s already holds a finished model (%s); choose another one, or set overwrite_output_dir to replace it."
                            .formatted(dir, WEIGHTS));
        }
        List<Path> old = checkpoints.newestFirst();
        if (!old.isEmpty()) {
            throw new BadInputException(
                    "output_dir %s already holds %s of an earlier run; set resume_from_checkpoint to true to continue it, or overwrite_output_dir to start anew."
                            .formatted(dir, old.get(0).getFileName()));
        }
    }

    private static void clean(Path dir, Checkpoints checkpoints) throws IOException {
        for (Path checkpoint : checkpoints.newestFirst()) {
            Durable.delete(checkpoint);
        }
        for (String name : RESULTS) {
            Durable.delete(dir.resolve(name));
        }
    }

    private static void removeModelTemps(Path dir) throws IOException {
        try (Stream<Path> paths = Files.list(dir)) {
            for (Path path : paths.toList()) {
                if (path.getFileName().toString().startsWith(MODEL_TEMP_PREFIX)) {
                    Durable.delete(path);
                }
            }
        }
    }

    /** The directory. */
    public Path path() {
        return dir;
    }

    /** Its checkpoints. */
    public Checkpoints checkpoints() {
        return checkpoints;
    }

    /** The checkpoint to continue from; empty: start anew. */
    public Optional<Path> resumeFrom() {
        return resumeFrom;
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
