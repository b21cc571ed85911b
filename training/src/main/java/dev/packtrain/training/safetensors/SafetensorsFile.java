package dev.packtrain.training.safetensors;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Reads one file. Bytes go from the file straight into the tensor's memory; they are read rather than mapped, so that a
 * file cut short while it is read is an error and not a crash of the process.
 */
public final class SafetensorsFile implements AutoCloseable {
    private static final long MAX_READ_BYTES = 1 << 30;
    private static final long BLOCK_BYTES = 16 << 20;

    private final Path file;
    private final FileChannel channel;
    private final Header header;

    private SafetensorsFile(Path file, FileChannel channel, Header header) {
        this.file = file;
        this.channel = channel;
        this.header = header;
    }

    /**
     * Opens a file and checks its whole header.
     *
     * @throws BadInputException if it is missing, unreadable or malformed
     */
    public static SafetensorsFile open(Path file) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
            SafetensorsFile opened = new SafetensorsFile(file, channel, Header.read(channel, file));
            channel = null;
            return opened;
        } catch (NoSuchFileException e) {
            throw new BadInputException(
                    "There is no file " + file + "; check the path, or fetch again what it is a part of.", e);
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file + ": " + e + "; check the path.", e);
        } finally {
            closeQuietly(channel);
        }
    }

    /** Tensors by name, in the order of their data. */
    public Map<String, TensorEntry> tensors() {
        return header.tensors();
    }

    /**
     * Reads a tensor into host memory.
     *
     * @param name one of {@link #tensors()}
     * @return a contiguous tensor in the file's dtype, owned by the current scope
     */
    public Tensor read(String name) {
        TensorEntry entry = entry(name);
        Tensor tensor = new TensorFactory(ComputeDevice.CPU).empty(entry.dtype().scalarType(), entry.shape());
        fill(tensor, entry, entry.begin());
        return tensor;
    }

    /**
     * Reads a part of a tensor into host memory, and little more: along the first dim the part alone, along another one
     * blocks of at most {@value #BLOCK_BYTES} bytes (but at least one row), of which the part is copied.
     *
     * @param name one of {@link #tensors()}
     * @param dim along which it is a part
     * @param from first index along {@code dim}
     * @param length indices along {@code dim}
     * @return a contiguous tensor in the file's dtype, owned by the current scope
     */
    public Tensor read(String name, int dim, long from, long length) {
        TensorEntry entry = entry(name);
        long[] shape = entry.shape().clone();
        if (shape.length == 0 || (from == 0 && length == shape[dim])) {
            return read(name);
        }
        if (from < 0 || length < 0 || from + length > shape[dim]) {
            throw new IllegalArgumentException("'%s' has shape %s, wanted %d to %d of dim %d"
                    .formatted(name, Arrays.toString(shape), from, from + length, dim));
        }
        long rowBytes = shape[0] == 0 ? 0 : entry.numBytes() / shape[0];
        shape[dim] = length;
        Tensor part = new TensorFactory(ComputeDevice.CPU).empty(entry.dtype().scalarType(), shape);
        if (dim == 0) {
            fill(part, entry, entry.begin() + from * rowBytes);
        } else {
            long step = Math.max(1, BLOCK_BYTES / Math.max(1, rowBytes));
            for (long row = 0; row < shape[0]; row += step) {
                long first = row;
                long count = Math.min(step, shape[0] - row);
                TensorScope.run(() -> part.narrow(0, first, count)
                        .copy_(rows(entry, first, count).narrow(dim, from, length)));
            }
        }
        return part;
    }

    private TensorEntry entry(String name) {
        TensorEntry entry = header.tensors().get(name);
        if (entry == null) {
            throw new BadInputException("There is no tensor '" + name + "' in " + file + ".");
        }
        return entry;
    }

    private Tensor rows(TensorEntry entry, long first, long count) {
        long[] shape = entry.shape().clone();
        long rowBytes = entry.numBytes() / shape[0];
        shape[0] = count;
        Tensor rows = new TensorFactory(ComputeDevice.CPU).empty(entry.dtype().scalarType(), shape);
        fill(rows, entry, entry.begin() + first * rowBytes);
        return rows;
    }

    /** Fills a tensor with the bytes from {@code begin} of the file's data. */
    private void fill(Tensor tensor, TensorEntry entry, long begin) {
        long numBytes = tensor.numel() * tensor.element_size();
        try {
            for (long done = 0; done < numBytes; done += MAX_READ_BYTES) {
                long count = Math.min(MAX_READ_BYTES, numBytes - done);
                readFully(TensorBytes.of(tensor, done, count), header.dataStart() + begin + done);
            }
        } catch (IOException e) {
            throw new BadInputException("Cannot read '" + entry.name() + "' from " + file + ": " + e + ".", e);
        }
    }

    /**
     * Reads some bytes of a tensor.
     *
     * @param name one of {@link #tensors()}
     * @param begin first byte, from the start of the tensor
     * @param target as many are read as remain in it
     */
    public void read(String name, long begin, ByteBuffer target) {
        TensorEntry entry = entry(name);
        if (begin < 0 || target.remaining() > entry.numBytes() - begin) {
            throw new IllegalArgumentException("'%s' has %d bytes, asked for %d from %d"
                    .formatted(name, entry.numBytes(), target.remaining(), begin));
        }
        try {
            readFully(target, header.dataStart() + entry.begin() + begin);
        } catch (IOException e) {
            throw new BadInputException("Cannot read '" + entry.name() + "' from " + file + ": " + e + ".", e);
        }
    }

    private void readFully(ByteBuffer buffer, long position) throws IOException {
        long at = position;
        while (buffer.hasRemaining()) {
            int n = channel.read(buffer, at);
            if (n < 0) {
                throw new IOException("the file ends at byte " + at);
            }
            at += n;
        }
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }

    // Nothing is lost when closing a channel that was only read fails.
    private static void closeQuietly(FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                System.getLogger(SafetensorsFile.class.getName()).log(System.Logger.Level.DEBUG, "close failed", e);
            }
        }
    }
}
