package dev.packtrain.jobs.inspect;

import dev.packtrain.packing.Manifest;
import dev.packtrain.training.checkpoint.FileSha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Compares a shard with what its manifest says. */
final class ShardVerification {
    private ShardVerification() {}

    /**
     * What differs, as one sentence; empty if size and SHA-256 are right.
     *
     * @param file the shard
     * @param entry its line in the manifest
     */
    static Optional<String> problem(Path file, Manifest.ShardEntry entry) throws IOException {
        if (!Files.isRegularFile(file)) {
            return Optional.of("shard %s is missing, but its manifest lists it; restore it, or prepare the data again"
                    .formatted(file));
        }
        long bytes = Files.size(file);
        if (bytes != entry.bytes()) {
            return differs(file, bytes + " bytes", entry.bytes() + " bytes");
        }
        String sha256 = FileSha256.of(file);
        return sha256.equals(entry.sha256()) ? Optional.empty() : differs(file, "SHA-256 " + sha256, entry.sha256());
    }

    private static Optional<String> differs(Path file, String got, String wanted) {
        return Optional.of(
                "shard %s differs from its manifest: got %s, wanted %s; restore it, or prepare the data again"
                        .formatted(file, got, wanted));
    }
}
