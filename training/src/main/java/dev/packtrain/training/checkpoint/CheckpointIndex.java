package dev.packtrain.training.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * {@code checkpoint.json}: size and SHA-256 of every other file of a checkpoint.
 *
 * @param formatVersion {@link #FORMAT_VERSION}
 * @param files by path relative to the checkpoint, with {@code /}
 */
record CheckpointIndex(int formatVersion, Map<String, Entry> files) {
    static final String FILE_NAME = "checkpoint.json";
    static final int FORMAT_VERSION = 1;

    record Entry(long bytes, String sha256) {}

    /** Looks at every file, writes the index, and forces all of it to the disk. */
    static void write(Path dir) throws IOException {
        Map<String, Entry> files = new LinkedHashMap<>();
        for (Path file : Durable.filesBelow(dir)) {
            String name = dir.relativize(file).toString().replace('\\', '/');
            files.put(name, new Entry(Files.size(file), FileSha256.of(file)));
            Durable.sync(file);
        }
        Path index = dir.resolve(FILE_NAME);
        Files.writeString(
                index, StrictJson.MAPPER.writeValueAsString(new CheckpointIndex(FORMAT_VERSION, files)) + "\n");
        Durable.sync(index);
        Durable.sync(dir);
    }

    /** What is wrong with a checkpoint, naming the file; empty if every byte is as written. */
    static Optional<String> problemOf(Path dir) throws IOException {
        Path file = dir.resolve(FILE_NAME);
        if (!Files.isRegularFile(file)) {
            return Optional.of(FILE_NAME + " is missing");
        }
        CheckpointIndex index;
        try {
            index = StrictJson.MAPPER.readValue(Files.readString(file), CheckpointIndex.class);
        } catch (JsonProcessingException e) {
            return Optional.of(FILE_NAME + " cannot be read (" + e.getOriginalMessage() + ")");
        }
        for (Map.Entry<String, Entry> entry : index.files.entrySet()) {
            Optional<String> problem = problemOf(dir.resolve(entry.getKey()), entry.getValue());
            if (problem.isPresent()) {
                return problem.map(what -> entry.getKey() + " " + what);
            }
        }
        return Optional.empty();
    }

    private static Optional<String> problemOf(Path file, Entry entry) throws IOException {
        if (!Files.isRegularFile(file)) {
            return Optional.of("is missing");
        }
        long bytes = Files.size(file);
        if (bytes != entry.bytes) {
            return Optional.of("has %d bytes instead of %d".formatted(bytes, entry.bytes));
        }
        return FileSha256.of(file).equals(entry.sha256) ? Optional.empty() : Optional.of("has another SHA-256");
    }
}
