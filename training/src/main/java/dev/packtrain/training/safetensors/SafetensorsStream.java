package dev.packtrain.training.safetensors;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** One file, written from its first byte to its last: the header first, then the tensors' bytes in its order. */
public final class SafetensorsStream implements AutoCloseable {
    private static final long MAX_WRITE_BYTES = 1 << 24;
    private static final int ALIGNMENT = 8;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final DirectFile file;
    private long missing;

    /**
     * A tensor that will be written.
     *
     * @param name unique in the file
     * @param dtype element type
     * @param shape dims; empty for a scalar
     */
    public record Slot(String name, Dtype dtype, long[] shape) {
        /** Size in bytes. */
        public long numBytes() {
            return Arrays.stream(shape).reduce(dtype.numBytes(), Math::multiplyExact);
        }
    }

    private SafetensorsStream(DirectFile file, long dataBytes) {
        this.file = file;
        this.missing = dataBytes;
    }

    /**
     * Creates {@code file}, or empties it, and writes its header.
     *
     * @param slots in the order in which their bytes will be written
     * @param metadata strings for readers; {@code {"format": "pt"}} for {@code transformers}
     * @param digests told of every byte of the file
     */
    public static SafetensorsStream create(
            Path file, List<Slot> slots, Map<String, String> metadata, MessageDigest... digests) throws IOException {
        long dataBytes = slots.stream().mapToLong(Slot::numBytes).reduce(0, Math::addExact);
        ByteBuffer header = header(slots, metadata);
        SafetensorsStream stream = new SafetensorsStream(DirectFile.create(file, List.of(digests)), dataBytes);
        try {
            stream.file.write(header);
        } catch (IOException | RuntimeException e) {
            stream.close();
            throw e;
        }
        return stream;
    }

    private static ByteBuffer header(List<Slot> slots, Map<String, String> metadata) throws IOException {
        ObjectNode root = MAPPER.createObjectNode();
        if (!metadata.isEmpty()) {
            root.set("__metadata__", MAPPER.valueToTree(metadata));
        }
        long position = 0;
        for (Slot slot : slots) {
            ObjectNode node =
                    root.putObject(slot.name()).put("dtype", slot.dtype().name());
            ArrayNode shape = node.putArray("shape");
            Arrays.stream(slot.shape()).forEach(shape::add);
            long end = position + slot.numBytes();
            node.putArray("data_offsets").add(position).add(end);
            position = end;
        }
        byte[] json = MAPPER.writeValueAsBytes(root);
        int padded = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(padded).put(json);
        while (buffer.hasRemaining()) {
            buffer.put((byte) ' ');
        }
        return buffer.flip();
    }

    /** Writes the next bytes of the tensors. */
    public void write(ByteBuffer bytes) throws IOException {
        missing -= bytes.remaining();
        if (missing < 0) {
            throw new IllegalStateException(-missing + " bytes more than the header has room for");
        }
        file.write(bytes);
    }

    /**
     * Writes the whole of the next tensor.
     *
     * @param tensor contiguous, in host memory
     */
    public void write(Tensor tensor) throws IOException {
        long numBytes = tensor.numel() * tensor.element_size();
        for (long done = 0; done < numBytes; done += MAX_WRITE_BYTES) {
            write(TensorBytes.of(tensor, done, Math.min(MAX_WRITE_BYTES, numBytes - done)));
        }
    }

    /** Forces the file to the disk; every byte that the header promises has to be there. */
    public void finish() throws IOException {
        if (missing != 0) {
            throw new IllegalStateException(missing + " bytes of the tensors were not written");
        }
        file.finish();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
