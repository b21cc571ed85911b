package dev.packtrain.training.safetensors;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * A file written from its first byte to its last, past the page cache: what goes through the cache takes its pages from
 * training, and the time to copy it there. Bytes gather in a buffer of {@value #BUFFER_BYTES} bytes; while the disk takes
 * them, another thread hashes them. On a file system that takes no direct writes the cache is used, and standard error says so.
 */
final class DirectFile implements AutoCloseable {
    static final int BUFFER_BYTES = 1 << 22;

    private final FileChannel channel;
    private final List<MessageDigest> digests;
    private final int blockBytes;
    private final ByteBuffer buffer;
    private long numBytes;

    private DirectFile(FileChannel channel, List<MessageDigest> digests, int blockBytes) {
        this.channel = channel;
        this.digests = digests;
        this.blockBytes = blockBytes;
        int wholeBlocks = (BUFFER_BYTES + blockBytes - 1) / blockBytes * blockBytes;
        buffer = ByteBuffer.allocateDirect(wholeBlocks + blockBytes).alignedSlice(blockBytes);
    }

    /**
     * Creates {@code file}, or empties it.
     *
     * @param digests told of every byte
     */
    static DirectFile create(Path file, List<MessageDigest> digests) throws IOException {
        try {
            long blockBytes =
                    Files.getFileStore(file.toAbsolutePath().getParent()).getBlockSize();
            return new DirectFile(open(file, ExtendedOpenOption.DIRECT), digests, Math.toIntExact(blockBytes));
        } catch (IOException | UnsupportedOperationException e) {
            DirectFile cached = new DirectFile(open(file), digests, 1);
            System.err.println(file + " is written through the page cache: " + e);
            return cached;
        }
    }

    private static FileChannel open(Path file, OpenOption... more) throws IOException {
        Set<OpenOption> options = new HashSet<>(List.of(more));
        options.addAll(
                List.of(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE));
        return FileChannel.open(file, options);
    }

    /** Takes the next bytes. */
    void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            int count = Math.min(bytes.remaining(), buffer.remaining());
            buffer.put(bytes.slice(bytes.position(), count));
            bytes.position(bytes.position() + count);
            if (!buffer.hasRemaining()) {
                empty();
            }
        }
    }

    /** Hashes what the buffer has and writes it, in whole blocks: direct writes know no others. */
    private void empty() throws IOException {
        ByteBuffer content = buffer.duplicate().flip();
        numBytes += content.remaining();
        CompletableFuture<Void> hashed =
                CompletableFuture.runAsync(() -> digests.forEach(digest -> digest.update(content.duplicate())));
        try {
            while (buffer.position() % blockBytes != 0) {
                buffer.put((byte) 0);
            }
            buffer.flip();
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        } finally {
            hashed.join();
        }
        buffer.clear();
    }

    /** Writes what is left, and forces the file to the disk. */
    void finish() throws IOException {
        empty();
        channel.truncate(numBytes);
        channel.force(true);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
