package dev.packtrain.pipeline.commit;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.LockOwner;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code _packtrain.lock} in the output directory: one job at a time. Its content says who holds it. The holder renews
 * it every few seconds; one that was not renewed for {@link #STALE} belonged to a job that died, and is taken over.
 */
final class OutputLock implements AutoCloseable {
    static final String FILE_NAME = "_packtrain.lock";
    static final Duration STALE = Duration.ofSeconds(60);

    private static final Duration RENEWAL = Duration.ofSeconds(10);
    private static final Logger LOG = LoggerFactory.getLogger(OutputLock.class);

    private final OutputFiles files;
    private final Path path;
    private final String owner;
    private final ScheduledExecutorService renewal;
    private final ScheduledFuture<?> renewing;

    private OutputLock(OutputFiles files, Path path, String owner) {
        this.files = files;
        this.path = path;
        this.owner = owner;
        this.renewal = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "packtrain-output-lock");
            thread.setDaemon(true);
            return thread;
        });
        this.renewing = renewal.scheduleWithFixedDelay(
                this::renew, RENEWAL.toMillis(), RENEWAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Takes the lock of a directory.
     *
     * @param owner who takes it, unique to the job: {@link LockOwner#toText}
     * @throws BadInputException if another job holds it
     */
    static OutputLock acquire(OutputFiles files, Path directory, String owner) throws IOException {
        Path path = new Path(directory, FILE_NAME);
        boolean held = files.writeExclusively(path, owner);
        if (!held) {
            removeIfStale(files, path, owner);
            held = files.writeExclusively(path, owner);
        }
        if (!held) {
            throw inUse(files, path);
        }
        return new OutputLock(files, path, owner);
    }

    /** Renaming is what one of several jobs wins, and it must have renamed the lock that it found to be stale. */
    private static void removeIfStale(OutputFiles files, Path path, String owner) throws IOException {
        Path aside = new Path(path.getParent(), FILE_NAME + ".stale-" + Integer.toHexString(owner.hashCode()));
        try {
            String dead = files.read(path);
            if (isAlive(files, path, LockOwner.parse(dead))) {
                throw inUse(files, path);
            }
            files.move(path, aside);
            if (!files.read(aside).equals(dead)) {
                files.move(aside, path);
                throw inUse(files, path);
            }
            LOG.warn("Taking over the output of a job that died: {}", dead);
            files.fs().delete(aside, false);
        } catch (FileNotFoundException gone) {
            // Its holder has just finished, or another job takes it over: the next attempt to create it decides.
            LOG.debug("the lock {} went away", path, gone);
        }
    }

    /** A process of this host is looked up; of another host's, only the age of its last renewal is known. */
    private static boolean isAlive(OutputFiles files, Path path, Optional<LockOwner> owner) throws IOException {
        if (owner.isPresent() && owner.get().isOfThisHost()) {
            return owner.get().isRunningHere();
        }
        long age = System.currentTimeMillis() - files.fs().getFileStatus(path).getModificationTime();
        return age < STALE.toMillis();
    }

    private static BadInputException inUse(OutputFiles files, Path path) throws IOException {
        String holder;
        try {
            String text = files.read(path);
            holder = LockOwner.parse(text).map(LockOwner::describe).orElse(text);
        } catch (FileNotFoundException gone) {
            holder = "a job that has just ended";
        }
        return new BadInputException(
                "output_dir \"%s\" is being written by another job (%s); wait for it, stop it, or give another output_dir"
                        .formatted(path.getParent(), holder.isBlank() ? "starting now" : holder));
    }

    private void renew() {
        try {
            if (files.read(path).equals(owner)) {
                files.replace(path, owner.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException failure) {
            // One missed renewal does no harm, and requireHeld tells before anything is committed.
            LOG.warn("The lock {} could not be renewed", path, failure);
        }
    }

    /** Throws if another job has taken the lock, so that this one must not commit. */
    void requireHeld() throws IOException {
        if (!files.fs().exists(path) || !files.read(path).equals(owner)) {
            throw new IOException("%s is no longer held by this job (%s): it was taken for dead; run it again"
                    .formatted(path, owner));
        }
    }

    /** Gives the lock back. */
    @Override
    public void close() throws IOException {
        renewing.cancel(false);
        renewal.shutdown();
        try {
            renewal.awaitTermination(RENEWAL.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        if (files.fs().exists(path) && files.read(path).equals(owner)) {
            files.fs().delete(path, false);
        }
    }
}
