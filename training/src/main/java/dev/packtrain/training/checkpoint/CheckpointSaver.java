package dev.packtrain.training.checkpoint;

import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * One rank's share of writing checkpoints. {@link #save} takes a copy of what this rank writes and returns; a thread then
 * writes it. Rank 0's thread waits for the files of all ranks and makes the checkpoint visible. At most one is being
 * written at a time: the next one, and the end of the run, wait for it.
 *
 * <p>Used by one thread.
 */
public final class CheckpointSaver implements AutoCloseable {
    private static final double NANOS = 1e9;
    /** A run that fails leaves a checkpoint that is nearly written so long to be finished. */
    private static final Duration LAST_MOMENT = Duration.ofSeconds(5);

    private final Checkpoints checkpoints;
    private final Member member;
    private final int limit;
    private final boolean copies;
    private final Consumer<Written> told;
    private Optional<FutureTask<Void>> running = Optional.empty();

    /**
     * Which of the ranks this is.
     *
     * @param rank 0-based
     * @param worldSize number of ranks
     * @param run a name that all of them know and no other run has
     * @param silence how long a rank may write nothing before it is given up
     */
    public record Member(int rank, int worldSize, String run, Duration silence) {}

    /** Writes what rank 0 puts beside the pieces. */
    @FunctionalInterface
    public interface Content {
        /** Writes files into a directory. */
        void writeTo(Path dir) throws IOException;
    }

    /**
     * A checkpoint that is complete.
     *
     * @param step its step
     * @param path where it is
     * @param pauseSeconds how long training on this rank stood still for it
     * @param seconds from the beginning to its end
     */
    public record Written(int step, Path path, double pauseSeconds, double seconds) {}

    /**
     * A saver without a checkpoint yet.
     *
     * @param limit newest checkpoints that stay; 0: all
     * @param copies whether to copy the pieces; if not, training stands still until they are written
     * @param told on rank 0 of every checkpoint, on another thread
     */
    public CheckpointSaver(Checkpoints checkpoints, Member member, int limit, boolean copies, Consumer<Written> told) {
        this.checkpoints = checkpoints;
        this.member = member;
        this.limit = limit;
        this.copies = copies;
        this.told = told;
    }

    /**
     * Begins a checkpoint; to be called on every rank at the same step.
     *
     * @param pieces what this rank holds; those of other ranks to write are left to them
     * @param content the other files; only rank 0 writes them
     */
    public void save(int step, List<StatePiece> pieces, Content content) throws IOException, InterruptedException {
        long start = System.nanoTime();
        finish();
        List<StatePiece> own = pieces.stream().filter(StatePiece::writes).toList();
        Staged staged = new Staged(step, checkpoints.staging(step, member.run), start);
        if (copies) {
            StateCopy copy = StateCopy.of(own);
            double pause = (System.nanoTime() - start) / NANOS;
            start(step, () -> {
                try (copy) {
                    staged.write(copy.pieces());
                }
                staged.complete(content, pause);
            });
        } else {
            start(step, () -> {
                staged.write(own);
                staged.complete(content, Double.NaN);
            });
            finish();
        }
    }

    @FunctionalInterface
    private interface Writing {
        void run() throws IOException, InterruptedException;
    }

    private void start(int step, Writing writing) {
        FutureTask<Void> task = new FutureTask<>(() -> {
            writing.run();
            return null;
        });
        Thread thread = new Thread(task, "checkpoint-" + step);
        thread.setDaemon(true);
        thread.start();
        running = Optional.of(task);
    }

    /** Throws what went wrong with the checkpoint that is being written, if that is known by now. */
    public void check() throws IOException, InterruptedException {
        if (running.isPresent() && running.get().isDone()) {
            finish();
        }
    }

    /** Waits for the checkpoint that is being written: on rank 0 until it is complete, elsewhere for this rank's part. */
    public void finish() throws IOException, InterruptedException {
        if (running.isEmpty()) {
            return;
        }
        FutureTask<Void> task = running.get();
        running = Optional.empty();
        try {
            task.get();
        } catch (ExecutionException e) {
            throw failure(e.getCause());
        }
    }

    private RuntimeException failure(Throwable cause) throws IOException {
        if (cause instanceof IOException reason) {
            return new BadInputException(
                    "a checkpoint could not be written: %s; look at the file system of output_dir, then run the same command with resume_from_checkpoint true."
                            .formatted(reason),
                    reason);
        }
        if (cause instanceof RuntimeException reason) {
            return reason;
        }
        return new IllegalStateException("writing a checkpoint failed", cause);
    }

    /** After a failure: a checkpoint that is nearly complete becomes so, any other is given up. */
    @Override
    public void close() {
        running.ifPresent(task -> {
            try {
                task.get(LAST_MOMENT.toSeconds(), TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                System.err.println("a checkpoint was given up: " + e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            task.cancel(true);
        });
        running = Optional.empty();
    }

    /** A checkpoint on its way. */
    private final class Staged {
        private final int step;
        private final Path dir;
        private final long start;

        Staged(int step, Path dir, long start) {
            this.step = step;
            this.dir = dir;
            this.start = start;
        }

        void write(List<StatePiece> own) throws IOException {
            try {
                Files.createDirectories(dir);
                PieceFile.write(dir, member.rank, member.worldSize, own).write(dir, member.rank);
            } catch (IOException | RuntimeException e) {
                tellRankZero(e);
                throw e;
            }
        }

        private void tellRankZero(Exception reason) {
            try {
                RankPart.failed(reason).write(dir, member.rank);
            } catch (IOException silent) {
                // Then rank 0 learns it from the end of this process.
                reason.addSuppressed(silent);
            }
        }

        void complete(Content content, double pause) throws IOException, InterruptedException {
            if (member.rank != 0) {
                return;
            }
            content.writeTo(dir);
            List<RankPart> parts = new StagedParts(dir, member.worldSize, member.silence).await();
            PieceMap map = PieceMap.merged(parts.stream().map(RankPart::map).toList());
            map.problem().ifPresent(problem -> {
                throw new IllegalStateException("the ranks did not write the whole state: " + problem);
            });
            map.write(dir);
            Map<String, CheckpointIndex.Entry> known = new HashMap<>();
            parts.forEach(part -> known.putAll(part.files()));
            CheckpointIndex.write(dir, known);
            Path written = checkpoints.commit(dir, step);
            checkpoints.prune(limit, step);
            double seconds = (System.nanoTime() - start) / NANOS;
            told.accept(new Written(step, written, Double.isNaN(pause) ? seconds : pause, seconds));
        }
    }
}
