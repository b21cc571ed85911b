package dev.packtrain.training.checkpoint;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.SavingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Rank 0's claim on {@code output_dir}: locked, cleaned of interrupted writes, and found fit to start anew or to continue.
 *
 * <p>A directory that holds a result is never overwritten by accident: without {@code resume_from_checkpoint} or
 * {@code overwrite_output_dir} it is refused, and so it is for a run that continues from a checkpoint of another directory:
 * what lies here is not its own. If both are set, a checkpoint of this directory to resume from wins.
 */
public final class OutputDirectory implements AutoCloseable {
    private static final String ADAPTER = "adapter_model.safetensors";

    /** Weights of a finished model, or, of a large one, the index of their files; or those of adapters. */
    public static final List<String> WEIGHTS = List.of(ModelExport.SINGLE, ModelExport.INDEX, ADAPTER);

    /** Prefix of a model that is being written. */
    public static final String MODEL_TEMP_PREFIX = ".model.tmp-";

    /** Prefix of a file by which ranks see that they mount the same directory. */
    public static final String PROBE_PREFIX = ".packtrain.run-";

    private static final List<String> RESULTS = Stream.concat(
                    WEIGHTS.stream(),
                    Stream.of(EarlierResults.METRICS, "runs", "train_results.json", EarlierResults.RECIPE))
            .toList();
    private static final Pattern WEIGHT_FILE = Pattern.compile("model-\\d{5}-of-\\d{5}\\.safetensors");

    private final Path dir;
    private final OutputLock lock;
    private final Checkpoints checkpoints;
    private final List<Path> candidates;
    private final int limit;

    private OutputDirectory(Path dir, OutputLock lock, Checkpoints checkpoints, List<Path> candidates, int limit) {
        this.dir = dir;
        this.lock = lock;
        this.checkpoints = checkpoints;
        this.candidates = candidates;
        this.limit = limit;
    }

    /**
     * Looks whether {@link #claim} would refuse a directory, and changes nothing.
     *
     * @param dir {@code output_dir}; one that is not there, or cannot be read from here, is left to {@code claim}
     * @throws BadInputException if a job is at work in it, or it holds a result that is neither continued nor replaced
     */
    public static void check(Path dir, SavingOptions saving) throws IOException, InterruptedException {
        if (!Files.isDirectory(dir) || !Files.isReadable(dir)) {
            return;
        }
        OutputLock.requireFree(dir);
        Checkpoints checkpoints = new Checkpoints(dir);
        if (candidates(checkpoints, saving).stream().noneMatch(candidate -> isIn(dir, candidate))) {
            EarlierResults.requireNone(dir, checkpoints, saving);
        }
    }

    /**
     * Claims a directory, made if missing.
     *
     * @param dir {@code output_dir}
     * @param saving whether to resume, or to overwrite
     * @param watcher told if another job takes the directory away
     */
    public static OutputDirectory claim(Path dir, SavingOptions saving, OutputLock.Watcher watcher)
            throws IOException, InterruptedException {
        OutputLock lock = lock(dir, watcher);
        try {
            Checkpoints checkpoints = new Checkpoints(dir);
            checkpoints.removeStale();
            removeTemps(dir);
            List<Path> candidates = candidates(checkpoints, saving);
            if (candidates.stream().noneMatch(candidate -> isIn(dir, candidate))) {
                EarlierResults.requireNone(dir, checkpoints, saving);
                clean(dir, checkpoints);
            }
            return new OutputDirectory(dir, lock, checkpoints, candidates, saving.saveTotalLimit());
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /**
     * Takes the lock of a directory, made if missing, and leaves what is in it alone.
     *
     * @param watcher told if another job takes the directory away
     * @throws BadInputException if a job is at work in it, or this user may not write there
     */
    public static OutputLock lock(Path dir, OutputLock.Watcher watcher) throws IOException, InterruptedException {
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
        return OutputLock.acquire(dir, watcher);
    }

    private static List<Path> candidates(Checkpoints checkpoints, SavingOptions saving) throws IOException {
        return switch (saving.resume()) {
            case "" -> List.of();
            case "true" -> checkpoints.newestFirst();
            default -> List.of(existing(Path.of(saving.resume())));
        };
    }

    private static Path existing(Path checkpoint) {
        if (!Files.isDirectory(checkpoint)) {
            throw new BadInputException(
                    "resume_from_checkpoint is %s, which is no folder; give a checkpoint-<step> folder, or true for the newest one."
                            .formatted(checkpoint));
        }
        return checkpoint;
    }

    /** Also by a link, either way: what a run resumes from is never cleaned away. */
    private static boolean isIn(Path dir, Path checkpoint) {
        try {
            Path real = dir.toRealPath();
            return checkpoint.toRealPath().getParent().equals(real)
                    || checkpoint
                            .toAbsolutePath()
                            .normalize()
                            .getParent()
                            .toRealPath()
                            .equals(real);
        } catch (IOException e) {
            throw new BadInputException(
                    "resume_from_checkpoint %s cannot be read (%s); give a checkpoint-<step> folder that this user may read."
                            .formatted(checkpoint, e),
                    e);
        }
    }

    private static void clean(Path dir, Checkpoints checkpoints) throws IOException {
        for (Path checkpoint : checkpoints.newestFirst()) {
            Durable.delete(checkpoint);
        }
        for (String name : RESULTS) {
            Durable.delete(dir.resolve(name));
        }
        removeWeightFiles(dir, Set.of());
    }

    /** Deletes the files of weights that an index names, but for some. */
    private static void removeWeightFiles(Path dir, Set<String> kept) throws IOException {
        for (Path path : list(dir)) {
            String name = path.getFileName().toString();
            if (WEIGHT_FILE.matcher(name).matches() && !kept.contains(name)) {
                Durable.delete(path);
            }
        }
    }

    /**
     * Takes over a finished model, each file whole or not at all: first what stands beside the weights, last the file that
     * makes them a model. Weights of an earlier model that are not replaced are removed.
     *
     * @param files below {@link #path()} or on the same file system
     */
    public void publish(List<Path> files) throws IOException {
        List<Path> ordered = new ArrayList<>(files);
        ordered.sort(Comparator.comparingInt(OutputDirectory::turn));
        Set<String> names =
                files.stream().map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        for (Path file : ordered) {
            Durable.sync(file);
            if (file.getFileName().toString().equals(ModelExport.INDEX)) {
                // A single file would be read in the index's place.
                Durable.delete(dir.resolve(ModelExport.SINGLE));
            }
            Files.move(file, dir.resolve(file.getFileName()), StandardCopyOption.ATOMIC_MOVE);
        }
        if (!names.contains(ModelExport.INDEX)) {
            Durable.delete(dir.resolve(ModelExport.INDEX));
        }
        removeWeightFiles(dir, names);
        Durable.sync(dir);
    }

    private static int turn(Path file) {
        String name = file.getFileName().toString();
        if (WEIGHTS.contains(name)) {
            return 2;
        }
        return WEIGHT_FILE.matcher(name).matches() ? 1 : 0;
    }

    private static void removeTemps(Path dir) throws IOException {
        for (Path path : list(dir)) {
            String name = path.getFileName().toString();
            if (name.startsWith(MODEL_TEMP_PREFIX) || name.startsWith(PROBE_PREFIX)) {
                Durable.delete(path);
            }
        }
    }

    private static List<Path> list(Path dir) throws IOException {
        try (Stream<Path> paths = Files.list(dir)) {
            return paths.toList();
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

    /** Checkpoints to continue from, the newest first; empty: start anew. Nobody has looked into them yet. */
    public List<Path> candidates() {
        return candidates;
    }

    /**
     * A sentence about checkpoints that this run leaves behind by going on from an earlier one; empty without such.
     *
     * @param step steps done
     */
    public Optional<String> checkpointsBeyond(int step) throws IOException {
        String beyond = checkpoints.newestFirst().stream()
                .filter(checkpoint -> Checkpoints.stepOf(checkpoint) > step)
                .map(checkpoint -> checkpoint.getFileName().toString())
                .collect(Collectors.joining(", "));
        return beyond.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        "%s holds %s, beyond step %d and not of this run: resume_from_checkpoint true would take the newest of them. Move them away%s."
                                .formatted(
                                        dir,
                                        beyond,
                                        step,
                                        limit == 0 ? "" : ", or they go with the next checkpoint (save_total_limit)"));
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
