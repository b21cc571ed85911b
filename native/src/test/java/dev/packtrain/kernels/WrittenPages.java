package dev.packtrain.kernels;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Pages that take memory, as the kernel counts them: its shared page of zeros is not one. */
final class WrittenPages {
    /** Bytes of a page. */
    static final int PAGE = 4096;

    // Of an entry of /proc/PID/pagemap: the page is mapped here alone.
    private static final long EXCLUSIVE = 1L << 56;

    private WrittenPages() {}

    /**
     * Counts.
     *
     * @param address of the first page
     */
    static int count(long address, int numPages) throws IOException {
        byte[] entries = new byte[numPages * Long.BYTES];
        try (RandomAccessFile pages = new RandomAccessFile("/proc/self/pagemap", "r")) {
            pages.seek(address / PAGE * Long.BYTES);
            pages.readFully(entries);
        }
        ByteBuffer buffer = ByteBuffer.wrap(entries).order(ByteOrder.nativeOrder());
        int written = 0;
        while (buffer.hasRemaining()) {
            written += (buffer.getLong() & EXCLUSIVE) == 0 ? 0 : 1;
        }
        return written;
    }
}
