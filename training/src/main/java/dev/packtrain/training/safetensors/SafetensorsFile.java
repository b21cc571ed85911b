package dev.packtrain.training.safetensors;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;

/**
 * Reads one file. Bytes go from the file straight into the tensor's memory; they are read rather than mapped, so that a
 * file cut short while it is read is an error and not a crash of the process.
 */
public final class SafetensorsFile implements AutoCloseable {
    private static final long MAX_READ_BYTES = 1 << 30;

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
        TensorEntry entry = header.tensors().get(name);
        if (entry == null) {
            throw new BadInputException("There is no tensor '" + name + "' in " + file + ".");
        }
        Tensor tensor = new TensorFactory(ComputeDevice.CPU).empty(entry.dtype().scalarType(), entry.shape());
        if (entry.numBytes() == 0) {
            return tensor;
        }
        try {
            for (long done = 0; done < entry.numBytes(); done += MAX_READ_BYTES) {
                long count = Math.min(MAX_READ_BYTES, entry.numBytes() - done);
                readFully(Bytes.of(tensor, done, count), header.dataStart() + entry.begin() + done);
            }
        } catch (IOException e) {
            throw new BadInputException("Cannot read '" + name + "' from " + file + ": " + e + ".", e);
        }
        return tensor;
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

    /** A tensor's memory as a buffer. */
    static final class Bytes {
        private Bytes() {}

        static ByteBuffer of(Tensor contiguous, long begin, long count) {
            BytePointer data = new BytePointer(contiguous.data_ptr());
            return data.position(begin).limit(begin + count).asByteBuffer();
        }
    }
}
