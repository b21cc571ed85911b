package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.checkpoint.FileSha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Tells one base model from another, without reading all of a large one: SHA-256 over {@code config.json} and, of every
 * safetensors file, its name, its size, its first MiB and {@value #SAMPLE_BYTES} bytes of every MiB. Two trainings of one
 * architecture differ nearly everywhere; a file that was cut off, in its size.
 *
 * @param path where the base was when this was taken, for people
 * @param sha256 64 hexadecimal digits
 */
public record BaseFingerprint(String path, String sha256) {
    /** Its file beside an adapter. */
    public static final String FILE_NAME = "base_model.json";

    private static final int SAMPLE_BYTES = 4096;
    private static final int STRIDE = 1 << 20;

    /** Of a model directory. */
    public static BaseFingerprint of(Path dir) {
        try {
            MessageDigest digest = FileSha256.digest();
            digest.update(Files.readAllBytes(dir.resolve("config.json")));
            for (Path file : weights(dir)) {
                digest.update(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
                sample(file, digest);
            }
            return new BaseFingerprint(dir.toString(), HexFormat.of().formatHex(digest.digest()));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the base model " + dir, e);
        }
    }

    private static List<Path> weights(Path dir) throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.filter(file -> file.getFileName().toString().endsWith(".safetensors"))
                    .sorted()
                    .toList();
        }
    }

    private static void sample(Path file, MessageDigest digest) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            long size = channel.size();
            digest.update(ByteBuffer.allocate(Long.BYTES).putLong(size).flip());
            for (long position = 0; position < size; position += STRIDE) {
                ByteBuffer buffer = ByteBuffer.allocate(position == 0 ? STRIDE : SAMPLE_BYTES);
                while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) >= 0) {}
                digest.update(buffer.flip());
            }
        }
    }

    /** Writes the file into an adapter directory or a checkpoint. */
    public void write(Path dir) throws IOException {
        Files.writeString(
                dir.resolve(FILE_NAME),
                new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(this) + "\n");
    }

    /**
     * Checks that an adapter or a checkpoint belongs to a base; those of others do not say.
     *
     * @throws BadInputException if it was trained on another one
     */
    public static void requireSame(Path adapterDir, Path base) {
        Path file = adapterDir.resolve(FILE_NAME);
        if (!Files.isRegularFile(file)) {
            return;
        }
        try {
            BaseFingerprint saved = new ObjectMapper().readValue(Files.readString(file), BaseFingerprint.class);
            if (!saved.sha256.equals(of(base).sha256)) {
                throw new BadInputException(
                        "%s was trained on another base model (%s, fingerprint %s) than %s; give that one as model_name_or_path."
                                .formatted(adapterDir, saved.path, saved.sha256.substring(0, 12), base));
            }
        } catch (IOException e) {
            throw new BadInputException("Cannot read %s: %s.".formatted(file, e), e);
        }
    }
}
