package dev.packtrain.training.checkpoint;

import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
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

    /** Writes the files of a checkpoint into an empty directory. */
    @FunctionalInterface
    public interface Content {
        /** Writes everything but the index. */
        void writeTo(Path dir) throws IOException;
    }

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

    /** Writes the checkpoint of a step; one of the same step is replaced. */
    public Path write(int step, Content content) throws IOException {
        Path temp = outputDir.resolve(TEMP_PREFIX + step + ".tmp-" + UUID.randomUUID());
        Files.createDirectory(temp);
        content.writeTo(temp);
        CheckpointIndex.write(temp);
        Path target = of(step);
        Durable.delete(target);
        Files.move(temp, target, StandardCopyOption.ATOMIC_MOVE);
        Durable.sync(outputDir);
        return target;
    }

    /**
     * Deletes the oldest checkpoints.
     *
     * @param limit newest ones that stay; 0: all
     */
    public void prune(int limit) throws IOException {
        List<Path> all = newestFirst();
        if (limit > 0) {
            for (Path old : all.subList(Math.min(limit, all.size()), all.size())) {
                Durable.delete(old);
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

    /**
     * The newest checkpoint of which every byte is as written.
     *
     * @param notices told of every one passed over, with the file that is broken
     * @return empty if there are none at all
     * @throws BadInputException if there are some, but all are broken
     */
    public Optional<Path> newestIntact(Consumer<String> notices) throws IOException {
        List<Path> all = newestFirst();
        for (Path checkpoint : all) {
            Optional<String> problem = CheckpointIndex.problemOf(checkpoint);
            if (problem.isEmpty()) {
                return Optional.of(checkpoint);
            }
            notices.accept("%s is broken and passed over: %s.".formatted(checkpoint, problem.get()));
        }
        if (!all.isEmpty()) {
            throw new BadInputException(
                    "every checkpoint in %s is broken (%d of them, the newest is %s); restore one, or set overwrite_output_dir to start anew."
                            .formatted(outputDir, all.size(), all.get(0).getFileName()));
        }
        return Optional.empty();
    }

    /** Whether a folder is a checkpoint, broken or not: it has an index of its files. */
    public static boolean isCheckpoint(Path folder) {
        return Files.isRegularFile(folder.resolve(CheckpointIndex.FILE_NAME));
    }

    /** What is wrong with a checkpoint, naming the file; empty if every byte is as written. */
    public static Optional<String> problemOf(Path checkpoint) throws IOException {
        return CheckpointIndex.problemOf(checkpoint);
    }

    /** Checks a checkpoint that was asked for by its path. */
    public static void requireIntact(Path checkpoint) throws IOException {
        if (!Files.isDirectory(checkpoint)) {
            throw new BadInputException(
                    "resume_from_checkpoint is %s, which is no folder; give a checkpoint-<step> folder, or true for the newest one."
                            .formatted(checkpoint));
        }
        Optional<String> problem = CheckpointIndex.problemOf(checkpoint);
        if (problem.isPresent()) {
            throw new BadInputException(
                    "checkpoint %s is broken: %s; resume from another one (true takes the newest good one)."
                            .formatted(checkpoint, problem.get()));
        }
    }

    private static int stepOf(Path checkpoint) {
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
