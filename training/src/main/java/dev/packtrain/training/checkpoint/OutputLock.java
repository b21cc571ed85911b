package dev.packtrain.training.checkpoint;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.LockOwner;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * One job at a time in an output directory: {@value #FILE_NAME}, created exclusively, touched every few seconds while the
 * job lives.
 *
 * <p>A lock left by a process of this host that no longer runs is taken over at once; one of another host when its time
 * stamp has not moved for {@link #SILENCE} by this process's own clock.
 */
public final class OutputLock implements AutoCloseable {
    /** Its name in an output directory. */
    public static final String FILE_NAME = ".packtrain.lock";

    static final Duration HEARTBEAT = Duration.ofSeconds(3);
    static final Duration SILENCE = Duration.ofSeconds(15);
    private static final Duration LOOK = Duration.ofMillis(250);

    private final Path file;
    private final LockOwner owner;
    private final Watcher watcher;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread atExit;

    /** Who is told what becomes of a lock. */
    @FunctionalInterface
    public interface Watcher {
        /** Called once, on a thread of the lock, if another job has taken the lock away. */
        void lost();

        /** Called for each lock in the way whose process cannot be looked at from here, with a sentence. */
        default void waiting(String what) {}
    }

    private OutputLock(Path file, LockOwner owner, Watcher watcher) {
        this.file = file;
        this.owner = owner;
        this.watcher = watcher;
        Thread heart = new Thread(this::beatUntilClosed, "output-lock");
        heart.setDaemon(true);
        heart.start();
        // A process that is told to end releases what it holds; only a killed one leaves its lock to be taken over.
        atExit = new Thread(this::releaseAtExit, "output-lock-release");
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * Takes the lock of a directory.
     *
     * @param dir exists
     * @throws BadInputException if a living job holds it
     */
    public static OutputLock acquire(Path dir, Watcher watcher) throws IOException, InterruptedException {
        return acquire(dir, watcher, SILENCE);
    }

    static OutputLock acquire(Path dir, Watcher watcher, Duration silence) throws IOException, InterruptedException {
        Path file = dir.resolve(FILE_NAME);
        LockOwner me = LockOwner.me();
        while (!create(file, me)) {
            Optional<LockOwner> other = read(file);
            if (other.isPresent() && !other.get().isOfThisHost()) {
                watcher.waiting(
                        "output_dir has the lock of %s, which cannot be looked at from here: waiting up to %d s for a sign of life."
                                .formatted(other.get().describe(), silence.toSeconds()));
            }
            if (isAlive(file, other, silence)) {
                throw inUse(dir, other);
            }
            remove(file, other);
        }
        return new OutputLock(file, me, watcher);
    }

    /**
     * Looks whether a job is at work in a directory, for one that takes the lock only later. A lock of another host counts if
     * it is touched within two heartbeats.
     *
     * @throws BadInputException if a living job holds the lock
     */
    static void requireFree(Path dir) throws IOException, InterruptedException {
        Path file = dir.resolve(FILE_NAME);
        if (!Files.exists(file)) {
            return;
        }
        Optional<LockOwner> owner = read(file);
        if (isAlive(file, owner, HEARTBEAT.multipliedBy(2))) {
            throw inUse(dir, owner);
        }
    }

    private static boolean create(Path file, LockOwner owner) throws IOException {
        try {
            Files.writeString(file, owner.toText(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        }
    }

    /** Empty for a lock that was just released, or is just being written: then the time stamp decides. */
    private static Optional<LockOwner> read(Path file) throws IOException {
        try {
            return LockOwner.parse(Files.readString(file));
        } catch (NoSuchFileException released) {
            return Optional.empty();
        }
    }

    private static boolean isAlive(Path file, Optional<LockOwner> owner, Duration silence)
            throws IOException, InterruptedException {
        if (owner.isPresent() && owner.get().isOfThisHost()) {
            return owner.get().isRunningHere();
        }
        Optional<FileTime> first = lastTouched(file);
        long start = System.nanoTime();
        while (first.isPresent() && System.nanoTime() - start < silence.toNanos()) {
            TimeUnit.MILLISECONDS.sleep(LOOK.toMillis());
            Optional<FileTime> now = lastTouched(file);
            if (now.isPresent() && !now.equals(first)) {
                return true;
            }
            if (now.isEmpty()) {
                return false;
            }
        }
        return false;
    }

    private static Optional<FileTime> lastTouched(Path file) throws IOException {
        try {
            return Optional.of(Files.getLastModifiedTime(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Two jobs may both find a lock dead: whoever moves away a lock that is not the dead one puts it back. */
    private static void remove(Path file, Optional<LockOwner> dead) throws IOException {
        Path aside = file.resolveSibling(FILE_NAME + ".stale-" + LockOwner.me().token());
        try {
            Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            return;
        }
        if (read(aside).equals(dead)) {
            Files.delete(aside);
        } else {
            Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private static BadInputException inUse(Path dir, Optional<LockOwner> owner) {
        return new BadInputException(
                "output_dir %s is in use by %s; wait until that job ends, or choose another output_dir."
                        .formatted(dir, owner.map(LockOwner::describe).orElse("another job")));
    }

    private void beatUntilClosed() {
        try {
            while (!closed.await(HEARTBEAT.toMillis(), TimeUnit.MILLISECONDS)) {
                if (!beat()) {
                    watcher.lost();
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean beat() {
        try {
            if (!read(file).equals(Optional.of(owner))) {
                return false;
            }
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        } catch (IOException e) {
            // A file system that does not answer for a moment is no lost lock; the next beat looks again.
            System.err.println("cannot touch " + file + ": " + e);
        }
        return true;
    }

    /** Gives the lock back. */
    @Override
    public void close() throws IOException {
        release();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException exiting) {
            // The hook is running, and finds nothing left to release.
            return;
        }
    }

    private void release() throws IOException {
        closed.countDown();
        if (read(file).equals(Optional.of(owner))) {
            Files.deleteIfExists(file);
        }
    }

    private void releaseAtExit() {
        try {
            release();
        } catch (IOException stays) {
            System.err.println(
                    "the lock " + file + " could not be removed (" + stays + "); the next job takes it over");
        }
    }
}
