package dev.packtrain.jobs.inspect;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.Manifest;
import dev.packtrain.training.peft.AdapterDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Things that can be inspected. */
public enum PathKind {
    /** What {@code packtrain prepare} writes. */
    DATA_SET("data set"),
    /** One Arrow file of it. */
    SHARD("shard"),
    /** A Hugging Face model directory, or a checkpoint, which is one too. */
    MODEL("model"),
    /** An adapter in PEFT's format. */
    ADAPTER("adapter"),
    /** A directory of such. */
    ADAPTERS("adapters");

    private static final byte[] ARROW_MAGIC = "ARROW1".getBytes(StandardCharsets.US_ASCII);

    private final String words;

    PathKind(String words) {
        this.words = words;
    }

    String words() {
        return words;
    }

    /**
     * What a path is, going by the files that make a directory one, or by the first bytes of a file.
     *
     * @throws BadInputException if it is none of these
     */
    static PathKind of(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw wrong(path, "does not exist");
        }
        if (Files.isRegularFile(path)) {
            if (isArrow(path)) {
                return SHARD;
            }
            throw wrong(path, "is a file but no Arrow file");
        }
        if (Files.isRegularFile(path.resolve(Manifest.FILE_NAME))) {
            return DATA_SET;
        }
        if (Files.isRegularFile(path.resolve(ModelInspector.CONFIG))) {
            return MODEL;
        }
        if (AdapterDirectory.is(path)) {
            return ADAPTER;
        }
        if (!AdapterInspector.below(path).isEmpty()) {
            return ADAPTERS;
        }
        throw wrong(
                path,
                "has no %s, %s or %s".formatted(Manifest.FILE_NAME, ModelInspector.CONFIG, AdapterDirectory.CONFIG));
    }

    private static boolean isArrow(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(ARROW_MAGIC.length), ARROW_MAGIC);
        }
    }

    private static BadInputException wrong(Path path, String what) {
        return new BadInputException(
                "%s %s; give the local path of a prepared data set, of one of its shards, or of a model, checkpoint or adapter directory"
                        .formatted(path, what));
    }
}
