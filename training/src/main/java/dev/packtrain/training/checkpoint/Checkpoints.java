package dev.packtrain.training.checkpoint;

import dev.packtrain.training.safetensors.Dtype;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The checkpoints of one output directory. A checkpoint is written beside its final name and renamed when every byte is
 * on the disk, so {@code checkpoint-<step>} is complete, unless someone touched it later: the checksums tell.
 */
public final class Checkpoints {
    private static final Pattern NAME = Pattern.compile("checkpoint-(\\d{1,9})");
    private static final String TEMP_PREFIX = ".checkpoint-";

    private final Path outputDir;

    /**
     * A whole tensor of the model, whichever ranks wrote it.
     *
     * @param name Hugging Face name
     * @param dtype element type
     * @param shape dims
     */
    public record StoredWeight(String name, Dtype dtype, long[] shape) {}

    /** Those below {@code outputDir}, which exists. */
    public Checkpoints(Path outputDir) {
        this.outputDir = outputDir;
    }

    /** Where the checkpoint of a step lies. */
    public Path of(int step) {
        return outputDir.resolve("checkpoint-" + step);
    }

    /** Deletes what an interrupted write left behind. */
    public void removeStale() throws IOException {
        for (Path path : list()) {
            if (path.getFileName().toString().startsWith(TEMP_PREFIX)) {
                Durable.delete(path);
            }
        }
    }

    /**
     * Where the ranks of a run put the checkpoint of a step together.
     *
     * @param run a name that all of them know and no other run has
     */
    Path staging(int step, String run) {
        return outputDir.resolve(TEMP_PREFIX + step + ".tmp-" + run);
    }

    /**
     * Makes a staged checkpoint the one of its step; one that was there before is replaced.
     *
     * @param staged every byte on the disk
     */
    Path commit(Path staged, int step) throws IOException {
        Path target = of(step);
        Path replaced = staged.resolveSibling(staged.getFileName() + "-replaced");
        if (Files.exists(target)) {
            Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
        }
        Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE);
        Durable.sync(outputDir);
        Durable.delete(replaced);
        return target;
    }

    /**
     * Deletes the oldest checkpoints, after a new one was written. Those of higher steps are of a run that this one has
     * replaced, and go too.
     *
     * @param limit newest ones that stay; 0: all
     * @param newest step of the new one, which stays
     */
    void prune(int limit, int newest) throws IOException {
        if (limit == 0) {
            return;
        }
        int kept = 0;
        for (Path checkpoint : newestFirst()) {
            if (stepOf(checkpoint) > newest || kept == limit) {
                Durable.delete(checkpoint);
            } else {
                kept++;
            }
        }
    }

    /** All of them, the highest step first. */
    public List<Path> newestFirst() throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path path : list()) {
            if (NAME.matcher(path.getFileName().toString()).matches() && Files.isDirectory(path)) {
                found.add(path);
            }
        }
        found.sort(Comparator.comparingInt(Checkpoints::stepOf).reversed());
        return found;
    }

    /** Whether a folder is a checkpoint, broken or not: it has an index of its files. */
    public static boolean isCheckpoint(Path folder) {
        return Files.isRegularFile(folder.resolve(CheckpointIndex.FILE_NAME));
    }

    /** What is wrong with a checkpoint, naming the file; empty if every byte is as written. */
    public static Optional<String> problemOf(Path checkpoint) throws IOException {
        return CheckpointCheck.of(checkpoint).whole();
    }

    /** The model's weights in a checkpoint. */
    public static List<StoredWeight> weightsOf(Path checkpoint) throws IOException {
        return PieceMap.read(checkpoint).tensors().stream()
                .filter(tensor -> tensor.kind() == StatePiece.Kind.WEIGHT)
                .map(tensor -> new StoredWeight(tensor.name(), tensor.dtype(), tensor.shape()))
                .toList();
    }

    /** The step of a checkpoint, by its name. */
    public static int stepOf(Path checkpoint) {
        Matcher matcher = NAME.matcher(checkpoint.getFileName().toString());
        if (!matcher.matches()) {
            throw new IllegalStateException(checkpoint + " is no checkpoint");
        }
        return Integer.parseInt(matcher.group(1));
    }

    private List<Path> list() throws IOException {
        try (Stream<Path> paths = Files.list(outputDir)) {
            return paths.sorted().toList();
        }
    }
}
