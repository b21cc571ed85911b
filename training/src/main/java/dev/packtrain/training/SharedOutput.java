package dev.packtrain.training;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.checkpoint.OutputDirectory;
import dev.packtrain.training.collectives.ProcessGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * {@code output_dir} as all ranks see it: every one writes its part of checkpoints and model there.
 *
 * @param run a name that all ranks of this run know, and no other run has
 */
record SharedOutput(String run) {
    /** Network file systems remember for a while that a file is not there. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final long LOOK_MILLIS = 100;

    /**
     * To be called on every rank.
     *
     * @param world all ranks
     * @throws BadInputException on all ranks, if one does not see the directory that rank 0 sees
     */
    static SharedOutput agree(Path dir, ProcessGroup world, GlobalSums sums) throws IOException, InterruptedException {
        String name = world.rank() == 0 ? UUID.randomUUID().toString() : new UUID(0, 0).toString();
        UUID mine = UUID.fromString(name);
        long[] agreed =
                sums.of(world, "name of the run", mine.getMostSignificantBits(), mine.getLeastSignificantBits());
        String run = new UUID(agreed[0], agreed[1]).toString();
        Path probe = dir.resolve(OutputDirectory.PROBE_PREFIX + run);
        if (world.rank() == 0) {
            Files.createFile(probe);
        }
        world.barrier("probe of output_dir");
        boolean seen = appears(probe);
        long numSeen = sums.of(world, "ranks that see output_dir", new long[] {seen ? 1 : 0})[0];
        if (world.rank() == 0) {
            Files.delete(probe);
        }
        if (numSeen < world.size()) {
            throw new BadInputException(
                    "output_dir %s is not one directory: %s what rank 0 writes there, and every rank writes its part of the checkpoints; give a directory on a file system that all hosts mount."
                            .formatted(
                                    dir,
                                    seen
                                            ? "%d of %d ranks do not see"
                                                    .formatted(world.size() - numSeen, world.size())
                                            : "this rank does not see"));
        }
        return new SharedOutput(run);
    }

    private static boolean appears(Path file) throws InterruptedException {
        long start = System.nanoTime();
        while (!Files.exists(file)) {
            if (System.nanoTime() - start > PATIENCE.toNanos()) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        return true;
    }
}
