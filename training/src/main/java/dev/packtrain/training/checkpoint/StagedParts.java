package dev.packtrain.training.checkpoint;

import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * What rank 0 sees of the others while all write a checkpoint: their files, in a directory that all of them mount. No
 * collective is needed, so nothing gets between those of the training that goes on.
 */
final class StagedParts {
    private static final long LOOK_MILLIS = 20;

    private final Path dir;
    private final int worldSize;
    private final Duration silence;
    private final Map<Integer, RankPart> parts = new TreeMap<>();
    private final long[] sizes;
    private final long[] changed;

    /**
     * The parts of a checkpoint.
     *
     * @param dir where it is put together
     * @param silence a rank whose file does not grow for so long is given up
     */
    StagedParts(Path dir, int worldSize, Duration silence) {
        this.dir = dir;
        this.worldSize = worldSize;
        this.silence = silence;
        this.sizes = new long[worldSize];
        this.changed = new long[worldSize];
    }

    /**
     * Waits for all of them and takes the ranks' notes away.
     *
     * @throws BadInputException if a rank could not write its part, or has fallen silent
     */
    List<RankPart> await() throws IOException, InterruptedException {
        long now = System.nanoTime();
        Arrays.fill(changed, now);
        while (parts.size() < worldSize) {
            for (int rank = 0; rank < worldSize; rank++) {
                if (!parts.containsKey(rank)) {
                    look(rank);
                }
            }
            if (parts.size() < worldSize) {
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
        }
        for (int rank = 0; rank < worldSize; rank++) {
            Files.delete(RankPart.file(dir, rank));
        }
        return List.copyOf(parts.values());
    }

    private void look(int rank) throws IOException {
        Optional<RankPart> part = RankPart.read(dir, rank);
        if (part.isPresent()) {
            if (!part.get().failure().isEmpty()) {
                throw new BadInputException(
                        "rank %d could not write its part of the checkpoint into %s: %s; look at the file system there, then run the same command with resume_from_checkpoint true."
                                .formatted(rank, dir, part.get().failure()));
            }
            parts.put(rank, part.get());
            return;
        }
        long size = size(dir.resolve(PieceFile.name(rank, worldSize)));
        long now = System.nanoTime();
        if (size != sizes[rank]) {
            sizes[rank] = size;
            changed[rank] = now;
        } else if (now - changed[rank] > silence.toNanos()) {
            throw new BadInputException(
                    "rank %d has written nothing more of its part of the checkpoint in %s for %d s; look whether it lives and sees that directory, then run the same command with resume_from_checkpoint true."
                            .formatted(rank, dir, silence.toSeconds()));
        }
    }

    private static long size(Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException notYet) {
            return 0;
        }
    }
}
