package dev.packtrain.training.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
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
    /** 1 was a whole model beside a whole optimizer, written by one process. */
    static final int FORMAT_VERSION = 2;

    record Entry(long bytes, String sha256) {}

    /** An index that was read; if it is not there, why. */
    record Read(Optional<CheckpointIndex> index, String problem) {}

    /**
     * Writes the index and forces all of the directory to the disk.
     *
     * @param known files that are on the disk already; all others are looked at now
     */
    static void write(Path dir, Map<String, Entry> known) throws IOException {
        Map<String, Entry> files = new LinkedHashMap<>();
        for (Path file : Durable.filesBelow(dir)) {
            String name = dir.relativize(file).toString().replace('\\', '/');
            if (known.containsKey(name)) {
                files.put(name, known.get(name));
            } else {
                files.put(name, new Entry(Files.size(file), FileSha256.of(file)));
                Durable.sync(file);
            }
        }
        Path index = dir.resolve(FILE_NAME);
        Files.writeString(
                index, StrictJson.MAPPER.writeValueAsString(new CheckpointIndex(FORMAT_VERSION, files)) + "\n");
        Durable.sync(index);
        Durable.sync(dir);
    }

    static Read read(Path dir) {
        Path file = dir.resolve(FILE_NAME);
        if (!Files.isRegularFile(file)) {
            return new Read(Optional.empty(), FILE_NAME + " is missing");
        }
        try {
            byte[] json = Files.readAllBytes(file);
            JsonNode version = StrictJson.MAPPER.readTree(json).path("format_version");
            if (version.isInt() && version.intValue() != FORMAT_VERSION) {
                return new Read(
                        Optional.empty(),
                        "it is of format %d, and this version of Packtrain reads format %d"
                                .formatted(version.intValue(), FORMAT_VERSION));
            }
            CheckpointIndex index = StrictJson.MAPPER.readValue(json, CheckpointIndex.class);
            return index == null || index.files.containsValue(null)
                    ? new Read(Optional.empty(), FILE_NAME + " is empty, or says nothing of a file")
                    : new Read(Optional.of(index), "");
        } catch (JsonProcessingException e) {
            return new Read(Optional.empty(), FILE_NAME + " cannot be read (" + e.getOriginalMessage() + ")");
        } catch (IOException e) {
            return new Read(Optional.empty(), "%s cannot be read (%s)".formatted(FILE_NAME, e));
        }
    }
}
