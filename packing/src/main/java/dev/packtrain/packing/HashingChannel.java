package dev.packtrain.packing;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.security.MessageDigest;
import java.util.HexFormat;

/** Passes bytes on to a stream, counting and hashing them on the way. Does not own the stream. */
final class HashingChannel implements WritableByteChannel {
    /** Small enough that what is copied is hashed from the first cache. */
    private static final int CHUNK = 1 << 14;

    private final OutputStream out;
    private final MessageDigest digest = Sha256.newDigest();
    private final byte[] chunk = new byte[CHUNK];
    private long numBytes;

    HashingChannel(OutputStream out) {
        this.out = out;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        int written = source.remaining();
        while (source.hasRemaining()) {
            int length = Math.min(source.remaining(), CHUNK);
            source.get(chunk, 0, length);
            out.write(chunk, 0, length);
            digest.update(chunk, 0, length);
        }
        numBytes += written;
        return written;
    }

    void flush() throws IOException {
        out.flush();
    }

    long numBytes() {
        return numBytes;
    }

    /** Of all bytes so far; may be asked once. */
    String sha256() {
        return HexFormat.of().formatHex(digest.digest());
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {}
}
