package dev.packtrain.training.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code rank-<rank>.json}: that a rank has written its part of a checkpoint, and what that is. Rank 0 collects them all and
 * takes them away, so no finished checkpoint has any.
 *
 * @param files the file that it wrote; none, if other ranks write all that it has
 * @param map where its pieces are
 * @param failure why it could not; empty if it could
 */
record RankPart(Map<String, CheckpointIndex.Entry> files, PieceMap map, String failure) {
    static final RankPart NOTHING = new RankPart(Map.of(), new PieceMap(List.of()), "");

    static RankPart failed(Exception reason) {
        return new RankPart(Map.of(), new PieceMap(List.of()), String.valueOf(reason));
    }

    static Path file(Path dir, int rank) {
        return dir.resolve("rank-%05d.json".formatted(rank));
    }

    /** Appears whole or not at all. */
    void write(Path dir, int rank) throws IOException {
        Path file = file(dir, rank);
        Path temp = dir.resolve("." + file.getFileName());
        Files.writeString(temp, StrictJson.MAPPER.writeValueAsString(this));
        Files.move(temp, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Empty as long as the rank is not done. */
    static Optional<RankPart> read(Path dir, int rank) throws IOException {
        Path file = file(dir, rank);
        return Files.isRegularFile(file)
                ? Optional.of(StrictJson.MAPPER.readValue(file.toFile(), RankPart.class))
                : Optional.empty();
    }
}
