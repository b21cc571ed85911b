package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.checkpoint.FileSha256;
import dev.packtrain.training.options.QuantizationOptions;
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
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Tells one base model from another, without reading all of a large one: SHA-256 over {@code config.json} and, of every
 * safetensors file, its name, its size, its first MiB and {@value #SAMPLE_BYTES} bytes of every MiB. Two trainings of one
 * architecture differ nearly everywhere; a file that was cut off, in its size.
 *
 * @param path where the base was when this was taken, for people
 * @param sha256 64 hexadecimal digits
 * @param quantization how its weights were kept while the adapter was trained, if not as they are
 */
public record BaseFingerprint(String path, String sha256, Optional<QuantizationOptions> quantization) {
    /** Its file beside an adapter. */
    public static final String FILE_NAME = "base_model.json";

    private static final String QUANTIZATION = "quantization";

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final int SAMPLE_BYTES = 4096;
    private static final int STRIDE = 1 << 20;

    /** Of a model directory, whose weights are kept as {@code quantization} says. */
    public static BaseFingerprint of(Path dir, Optional<QuantizationOptions> quantization) {
        try {
            MessageDigest digest = FileSha256.digest();
            digest.update(Files.readAllBytes(dir.resolve("config.json")));
            for (Path file : weights(dir)) {
                digest.update(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
                sample(file, digest);
            }
            return new BaseFingerprint(dir.toString(), HexFormat.of().formatHex(digest.digest()), quantization);
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
        ObjectNode json = JSON.createObjectNode().put("path", path).put("sha256", sha256);
        quantization.ifPresent(options -> json.set(QUANTIZATION, JSON.valueToTree(options)));
        Files.writeString(dir.resolve(FILE_NAME), json.toPrettyString() + "\n");
    }

    /** How the base was kept that an adapter, or a checkpoint, was trained on; those of others do not say. */
    public static Optional<QuantizationOptions> quantizationOf(Path adapterDir) {
        return read(adapterDir).flatMap(BaseFingerprint::quantization);
    }

    private static Optional<BaseFingerprint> read(Path adapterDir) {
        Path file = adapterDir.resolve(FILE_NAME);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            JsonNode json = JSON.readTree(Files.readString(file));
            Optional<QuantizationOptions> quantization = json.has(QUANTIZATION)
                    ? Optional.of(JSON.treeToValue(json.get(QUANTIZATION), QuantizationOptions.class))
                    : Optional.empty();
            return Optional.of(new BaseFingerprint(
                    json.path("path").asText(), json.path("sha256").asText(), quantization));
        } catch (IOException e) {
            throw new BadInputException("Cannot read %s: %s.".formatted(file, e), e);
        }
    }

    /**
     * Checks that an adapter or a checkpoint belongs to a base; those of others do not say.
     *
     * @throws BadInputException if it was trained on another one
     */
    public static void requireSame(Path adapterDir, Path base) {
        Optional<BaseFingerprint> saved = read(adapterDir);
        if (saved.isPresent() && !saved.get().sha256.equals(of(base, Optional.empty()).sha256)) {
            throw new BadInputException(
                    "%s was trained on another base model (%s, fingerprint %s) than %s; give that one as model_name_or_path."
                            .formatted(
                                    adapterDir,
                                    saved.get().path,
                                    saved.get()
                                            .sha256
                                            .substring(
                                                    0,
                                                    Math.min(
                                                            12,
                                                            saved.get().sha256.length())),
                                    base));
        }
    }

    /**
     * The same, and that the base is kept as it was then.
     *
     * @throws BadInputException if it is kept in other bits: the adapter has learnt to go with the numbers behind those
     */
    public static void requireSame(Path adapterDir, Path base, Optional<QuantizationOptions> quantization) {
        requireSame(adapterDir, base);
        Optional<BaseFingerprint> saved = read(adapterDir);
        if (saved.isPresent() && !saved.get().quantization.equals(quantization)) {
            throw new BadInputException(
                    "%s was trained on a base with %s, this run has %s; give the same weight_quantize_algo and qlora_* keys."
                            .formatted(adapterDir, describe(saved.get().quantization), describe(quantization)));
        }
    }

    private static String describe(Optional<QuantizationOptions> quantization) {
        return quantization
                .map(options ->
                        "weight_quantize_algo %s (qlora_weight_blocksize %d, qlora_weight_double_quant %s, qlora_weight_double_quant_block_size %d)"
                                .formatted(
                                        options.algorithm().key(),
                                        options.blockSize(),
                                        options.doubleQuant(),
                                        options.doubleQuantBlockSize()))
                .orElse("no weight_quantize_algo");
    }
}
