package dev.packtrain.pipeline.tokenizer;

import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The bytes of a tokenizer, so that executors need no file system in common with the driver.
 *
 * @param where the path they were read from, for messages
 * @param tokenizerJson {@code tokenizer.json}
 * @param configJson {@code tokenizer_config.json}, empty if there is none
 * @param specialTokensJson {@code special_tokens_map.json}, empty if there is none
 */
public record TokenizerFiles(String where, byte[] tokenizerJson, byte[] configJson, byte[] specialTokensJson)
        implements Serializable {
    private static final String TOKENIZER = "tokenizer.json";
    private static final String CONFIG = "tokenizer_config.json";
    private static final String SPECIAL_TOKENS = "special_tokens_map.json";

    /**
     * Reads the files.
     *
     * @param path a {@code tokenizer.json} or the directory that holds it
     * @throws BadInputException if it is neither
     */
    public static TokenizerFiles read(Path path) throws IOException {
        Path file = Files.isDirectory(path) ? path.resolve(TOKENIZER) : path;
        if (!Files.isRegularFile(file)) {
            throw new BadInputException(
                    "tokenizer_name_or_path is \"%s\", but there is no file %s; give a tokenizer.json or the local directory that holds it"
                            .formatted(path, file));
        }
        Path folder = file.toAbsolutePath().getParent();
        return new TokenizerFiles(
                file.toString(),
                Files.readAllBytes(file),
                readIfThere(folder.resolve(CONFIG)),
                readIfThere(folder.resolve(SPECIAL_TOKENS)));
    }

    private static byte[] readIfThere(Path file) throws IOException {
        return Files.isRegularFile(file) ? Files.readAllBytes(file) : new byte[0];
    }

    /** Names and contents of the files that are there. */
    public Map<String, byte[]> byName() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put(TOKENIZER, tokenizerJson);
        if (configJson.length > 0) {
            files.put(CONFIG, configJson);
        }
        if (specialTokensJson.length > 0) {
            files.put(SPECIAL_TOKENS, specialTokensJson);
        }
        return files;
    }

    /** Writes the files into a directory, which is made if it is not there. */
    public void writeTo(Path directory) throws IOException {
        Files.createDirectories(directory);
        for (Map.Entry<String, byte[]> file : byName().entrySet()) {
            Files.write(directory.resolve(file.getKey()), file.getValue());
        }
    }

    /** SHA-256 of {@code tokenizer.json}, 64 lower-case hexadecimal digits. */
    public String sha256() {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(tokenizerJson));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }
}
