package dev.packtrain.training.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.optim.AdamW;
import dev.packtrain.training.optim.FlatParameters;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code optimizer.safetensors}: the optimizer's fp32 tensors by parameter name, so that another flat layout can read them
 * too. For every parameter {@code p}: {@code p.exp_avg}, {@code p.exp_avg_sq} and, where the model is bf16,
 * {@code p.master}.
 */
public final class OptimizerFile {
    /** Its name in a checkpoint. */
    public static final String FILE_NAME = "optimizer.safetensors";

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int HEADER_ALIGNMENT = 8;
    /** A Java buffer holds less than 2 GiB. */
    private static final long MAX_BUFFER = 1L << 30;

    private OptimizerFile() {}

    /** Writes the file into a checkpoint. */
    public static void write(Path dir, FlatParameters parameters, AdamW optimizer) throws IOException {
        Path file = dir.resolve(FILE_NAME);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            writeFully(channel, header(parameters));
            for (Tensor flat : flats(parameters, optimizer).values()) {
                try (PointerScope scope = new PointerScope()) {
                    transfer(flat.cpu(), channel::write);
                }
            }
        }
    }

    /** Reads the file of a checkpoint into the optimizer of a model with the same parameters. */
    public static void read(Path dir, FlatParameters parameters, AdamW optimizer) throws IOException {
        Path file = dir.resolve(FILE_NAME);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            readFully(channel, length, file);
            ByteBuffer json = ByteBuffer.allocate((int) length.getLong(0));
            readFully(channel, json, file);
            JsonNode header = MAPPER.readTree(json.array());
            long dataStart = channel.position();
            for (Map.Entry<String, Tensor> flat : flats(parameters, optimizer).entrySet()) {
                for (FlatParameters.Slice slice : parameters.slices()) {
                    String name = slice.name() + "." + flat.getKey();
                    channel.position(dataStart + offsetOf(header, name, slice, file));
                    readSlice(channel, flat.getValue(), slice, file);
                }
            }
        }
    }

    private static void readSlice(FileChannel channel, Tensor flat, FlatParameters.Slice slice, Path file)
            throws IOException {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor target = flat.narrow(0, slice.offset(), slice.numElements());
            Tensor host = target.cpu();
            transfer(host, buffer -> readFully(channel, buffer, file));
            if (!target.is_cpu()) {
                target.copy_(host);
            }
        }
    }

    private static long offsetOf(JsonNode header, String name, FlatParameters.Slice slice, Path file) {
        JsonNode entry = header.path(name);
        long[] shape = MAPPER.convertValue(entry.path("shape"), long[].class);
        if (!entry.path("dtype").asText().equals("F32") || !Arrays.equals(shape, slice.shape())) {
            throw new BadInputException(
                    "%s has no fp32 tensor %s of shape %s; resume from a checkpoint of this very model."
                            .formatted(file, name, Arrays.toString(slice.shape())));
        }
        return entry.path("data_offsets").get(0).asLong();
    }

    private static Map<String, Tensor> flats(FlatParameters parameters, AdamW optimizer) {
        Map<String, Tensor> flats = new LinkedHashMap<>();
        flats.put("exp_avg", optimizer.expAvg());
        flats.put("exp_avg_sq", optimizer.expAvgSq());
        if (parameters.hasMasterWeights()) {
            flats.put("master", parameters.masterWeights());
        }
        return flats;
    }

    private static ByteBuffer header(FlatParameters parameters) throws IOException {
        ObjectNode header = MAPPER.createObjectNode();
        long flatBytes = parameters.numElements() * Float.BYTES;
        String[] kinds = parameters.hasMasterWeights()
                ? new String[] {"exp_avg", "exp_avg_sq", "master"}
                : new String[] {"exp_avg", "exp_avg_sq"};
        for (int k = 0; k < kinds.length; k++) {
            for (FlatParameters.Slice slice : parameters.slices()) {
                long start = k * flatBytes + slice.offset() * Float.BYTES;
                ObjectNode entry = header.putObject(slice.name() + "." + kinds[k]);
                entry.put("dtype", "F32");
                entry.set("shape", MAPPER.valueToTree(slice.shape()));
                entry.putArray("data_offsets").add(start).add(start + slice.numElements() * Float.BYTES);
            }
        }
        byte[] json = MAPPER.writeValueAsBytes(header);
        int padded = (json.length + HEADER_ALIGNMENT - 1) / HEADER_ALIGNMENT * HEADER_ALIGNMENT;
        byte[] spaces = " ".repeat(padded - json.length).getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(Long.BYTES + padded)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(padded)
                .put(json)
                .put(spaces)
                .flip();
    }

    /** Reads or writes one buffer until it is used up. */
    @FunctionalInterface
    private interface Transfer {
        void run(ByteBuffer buffer) throws IOException;
    }

    private static void transfer(Tensor host, Transfer transfer) throws IOException {
        long bytes = host.numel() * Float.BYTES;
        BytePointer memory = new BytePointer(host.data_ptr());
        for (long start = 0; start < bytes; start += MAX_BUFFER) {
            long end = Math.min(bytes, start + MAX_BUFFER);
            ByteBuffer buffer = memory.position(start).limit(end).asByteBuffer();
            while (buffer.hasRemaining()) {
                transfer.run(buffer);
            }
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private static void readFully(FileChannel channel, ByteBuffer buffer, Path file) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new BadInputException("%s ends too early; resume from another checkpoint.".formatted(file));
            }
        }
    }
}
