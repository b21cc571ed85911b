package dev.packtrain.training.safetensors;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.training.device.TensorScope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Writes one file, tensor by tensor: at most one tensor is copied at a time, and only if it is not in host memory. */
public final class SafetensorsWriter {
    private static final long MAX_WRITE_BYTES = 1 << 30;
    private static final int ALIGNMENT = 8;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private SafetensorsWriter() {}

    /**
     * Writes {@code file}, replacing it, and forces it to disk. The same tensors give the same bytes.
     *
     * @param tensors in the order in which they are to stand in the file
     * @param metadata strings for readers; {@code {"format": "pt"}} for {@code transformers}
     */
    public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            writeFully(channel, header(tensors, metadata));
            for (Tensor tensor : tensors.values()) {
                write(channel, tensor);
            }
            channel.force(true);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static ByteBuffer header(Map<String, Tensor> tensors, Map<String, String> metadata) throws IOException {
        ObjectNode root = MAPPER.createObjectNode();
        if (!metadata.isEmpty()) {
            root.set("__metadata__", MAPPER.valueToTree(metadata));
        }
        long position = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            Tensor tensor = entry.getValue();
            Dtype dtype = Dtype.of(tensor.scalar_type().intern());
            ObjectNode node = root.putObject(entry.getKey()).put("dtype", dtype.name());
            ArrayNode shape = node.putArray("shape");
            for (int dim = 0; dim < tensor.dim(); dim++) {
                shape.add(tensor.size(dim));
            }
            long end = position + tensor.numel() * dtype.numBytes();
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

    private static void write(FileChannel channel, Tensor tensor) {
        TensorScope.run(() -> {
            Tensor host = tensor.detach().cpu().contiguous();
            long numBytes = host.numel() * host.element_size();
            try {
                for (long done = 0; done < numBytes; done += MAX_WRITE_BYTES) {
                    long count = Math.min(MAX_WRITE_BYTES, numBytes - done);
                    writeFully(channel, SafetensorsFile.Bytes.of(host, done, count));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }
}
