package dev.packtrain.training.shard;

import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Room for state that is offloaded to files, which are made without taking it: only their first use does, through memory, and
 * a full disk then ends the process without a word (SIGBUS). So the room is counted before.
 */
final class OffloadSpace {
    private static final double GIB = 1L << 30;

    private final Path dir;
    private final long free;
    private final int numRanks;
    private long taken;

    /**
     * Room that is there.
     *
     * @param dir of the files
     * @param free bytes, of all ranks together
     * @param numRanks that offload as much as this one to the same file system
     */
    OffloadSpace(Path dir, long free, int numRanks) {
        this.dir = dir;
        this.free = free;
        this.numRanks = numRanks;
    }

    /** What is free now in a directory that exists. */
    static OffloadSpace of(Path dir, int numRanks) {
        try {
            return new OffloadSpace(dir, Files.getFileStore(dir).getUsableSpace(), numRanks);
        } catch (IOException e) {
            throw new BadInputException(
                    "cannot ask how much space is free for offload_disk in %s (%s); look at the file system of output_dir."
                            .formatted(dir, e),
                    e);
        }
    }

    /**
     * Counts a file of this rank.
     *
     * @throws BadInputException if there is no room for as much of every rank
     */
    void take(long bytes) {
        taken += bytes;
        if (taken > free / numRanks) {
            throw new BadInputException(
                    "offload_disk takes more than %.3f GiB in %s for %s, and %.3f GiB are free there; free some space, choose another output_dir, or leave offload_disk out."
                            .formatted(
                                    (double) taken * numRanks / GIB,
                                    dir.getParent(),
                                    numRanks == 1 ? "this rank" : "the state of %d ranks".formatted(numRanks),
                                    free / GIB));
        }
    }
}
