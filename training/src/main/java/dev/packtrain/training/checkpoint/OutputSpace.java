package dev.packtrain.training.checkpoint;

import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a run writes into its output directory. One that is sure to fill the disk is refused before it trains, not at its
 * first checkpoint or its end.
 *
 * @param checkpointBytes of a checkpoint, of all ranks together
 * @param modelBytes of the weights at the end; they stand there twice while their files are put together
 */
public record OutputSpace(long checkpointBytes, long modelBytes) {
    private static final double GIB = 1L << 30;

    /** What one rank writes. */
    public static OutputSpace ofRank(List<StatePiece> pieces) {
        long all = 0;
        long weights = 0;
        for (StatePiece piece : pieces) {
            long bytes =
                    piece.writes() ? piece.values().numel() * piece.values().element_size() : 0;
            all += bytes;
            weights += piece.kind() == StatePiece.Kind.WEIGHT ? bytes : 0;
        }
        return new OutputSpace(all, weights);
    }

    /**
     * Looks whether it fits into what is free now.
     *
     * @param dir the output directory; a file system that does not tell its size is not asked further
     * @param numCheckpoints that the run will write
     * @param keep checkpoints kept, 0: all
     * @return what to tell if it fits only while checkpoints are taken away
     * @throws BadInputException if a checkpoint and the model do not fit
     */
    public Optional<String> check(Path dir, int numCheckpoints, int keep) {
        try {
            FileStore store = Files.getFileStore(dir);
            return store.getTotalSpace() == 0
                    ? Optional.empty()
                    : check(dir, store.getUsableSpace(), numCheckpoints, keep);
        } catch (IOException e) {
            throw new BadInputException(
                    "cannot ask how much space is free in %s (%s); look at the file system of output_dir."
                            .formatted(dir, e),
                    e);
        }
    }

    Optional<String> check(Path dir, long free, int numCheckpoints, int keep) {
        long least = (numCheckpoints == 0 ? 0 : checkpointBytes) + 2 * modelBytes;
        if (least > free) {
            throw new BadInputException(
                    "the run writes %s%.3f GiB for the model into output_dir %s, and %.3f GiB are free there; free some space or choose another output_dir."
                            .formatted(
                                    numCheckpoints == 0
                                            ? ""
                                            : "checkpoints of %.3f GiB and ".formatted(checkpointBytes / GIB),
                                    2 * modelBytes / GIB,
                                    dir,
                                    free / GIB));
        }
        // A new checkpoint is whole before the oldest goes.
        long together = keep == 0 ? numCheckpoints : Math.min(numCheckpoints, keep + 1L);
        double most = (double) together * checkpointBytes + 2.0 * modelBytes;
        return most <= free
                ? Optional.empty()
                : Optional.of(
                        "%d checkpoints of %.3f GiB and the model take %.3f GiB, and %.3f GiB are free in %s: take some away in time, or set save_total_limit lower."
                                .formatted(together, checkpointBytes / GIB, most / GIB, free / GIB, dir));
    }
}
