package dev.packtrain.training.safetensors;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A checked header.
 *
 * @param tensors by name, in the order of their data
 * @param dataStart position in the file of the first data byte
 */
record Header(Map<String, TensorEntry> tensors, long dataStart) {
    private static final int PREFIX_BYTES = 8;
    // The reference implementation's limit.
    private static final long MAX_HEADER_BYTES = 100_000_000;
    private static final ObjectMapper MAPPER = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    static Header read(FileChannel channel, Path file) throws IOException {
        long fileBytes = channel.size();
        if (fileBytes < PREFIX_BYTES) {
            throw bad(file, "it has %d bytes, wanted at least %d".formatted(fileBytes, PREFIX_BYTES));
        }
        long headerBytes = read(channel, 0, PREFIX_BYTES).getLong();
        if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES || headerBytes > fileBytes - PREFIX_BYTES) {
            throw bad(
                    file,
                    "its header claims %s bytes in a file of %d"
                            .formatted(Long.toUnsignedString(headerBytes), fileBytes));
        }
        byte[] json = read(channel, PREFIX_BYTES, (int) headerBytes).array();
        long dataStart = PREFIX_BYTES + headerBytes;
        return new Header(entries(json, fileBytes - dataStart, file), dataStart);
    }

    private static ByteBuffer read(FileChannel channel, long position, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) >= 0) {}
        return buffer.flip();
    }

    private static Map<String, TensorEntry> entries(byte[] json, long dataBytes, Path file) throws IOException {
        JsonNode root;
        try {
            root = MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new BadInputException(sentence(file, "its header is not JSON: " + e.getOriginalMessage()), e);
        }
        if (!(root instanceof ObjectNode object)) {
            throw bad(file, "its header is not a JSON object");
        }
        List<TensorEntry> sorted = object.properties().stream()
                .filter(field -> !field.getKey().equals("__metadata__"))
                .map(field -> entry(field.getKey(), field.getValue(), file))
                .sorted(Comparator.comparingLong(TensorEntry::begin).thenComparingLong(TensorEntry::end))
                .toList();
        Map<String, TensorEntry> tensors = new LinkedHashMap<>();
        long position = 0;
        for (TensorEntry entry : sorted) {
            if (entry.begin() != position) {
                throw bad(
                        file,
                        "the data of '%s' begins at %d, wanted %d (tensors neither overlap nor leave holes)"
                                .formatted(entry.name(), entry.begin(), position));
            }
            position = entry.end();
            tensors.put(entry.name(), entry);
        }
        if (position != dataBytes) {
            throw bad(file, "its tensors take %d bytes, but %d follow the header".formatted(position, dataBytes));
        }
        return tensors;
    }

    private static TensorEntry entry(String name, JsonNode node, Path file) {
        Dtype dtype = dtype(name, node.path("dtype").asText(), file);
        long[] shape = longs(node.path("shape"), name, "shape", file);
        long[] offsets = longs(node.path("data_offsets"), name, "data_offsets", file);
        if (name.isEmpty() || offsets.length != 2 || offsets[0] > offsets[1]) {
            throw bad(file, "the entry of '" + name + "' is not a name with two rising data_offsets");
        }
        long numBytes = dtype.numBytes();
        try {
            for (long dim : shape) {
                numBytes = Math.multiplyExact(numBytes, dim);
            }
        } catch (ArithmeticException e) {
            throw new BadInputException(sentence(file, "the shape of '" + name + "' is too large"), e);
        }
        if (numBytes != offsets[1] - offsets[0]) {
            throw bad(
                    file,
                    "'%s' has %d bytes, wanted %d for its shape and dtype"
                            .formatted(name, offsets[1] - offsets[0], numBytes));
        }
        return new TensorEntry(name, dtype, shape, offsets[0], offsets[1]);
    }

    private static Dtype dtype(String name, String text, Path file) {
        for (Dtype dtype : Dtype.values()) {
            if (dtype.name().equals(text)) {
                return dtype;
            }
        }
        throw new BadInputException(
                "'%s' in %s has the dtype %s, but only %s are read so far; convert the weights to one of them."
                        .formatted(name, file, text.isEmpty() ? "(none)" : text, Arrays.toString(Dtype.values())));
    }

    private static long[] longs(JsonNode node, String name, String key, Path file) {
        if (!node.isArray()) {
            throw bad(file, "'" + name + "' has no " + key);
        }
        long[] values = new long[node.size()];
        for (int i = 0; i < values.length; i++) {
            JsonNode element = node.get(i);
            if (!element.isIntegralNumber() || !element.canConvertToLong() || element.asLong() < 0) {
                throw bad(file, "'%s' has %s in its %s, wanted a size".formatted(name, element, key));
            }
            values[i] = element.asLong();
        }
        return values;
    }

    private static BadInputException bad(Path file, String what) {
        return new BadInputException(sentence(file, what));
    }

    private static String sentence(Path file, String what) {
        return file + " is not a valid safetensors file: " + what + "; fetch it again.";
    }
}
