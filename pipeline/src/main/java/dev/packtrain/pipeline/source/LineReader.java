package dev.packtrain.pipeline.source;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;

/**
 * Reads the lines of a {@link FileSlice}. A line ends with LF or CR LF and belongs to the slice in which it starts.
 *
 * <p>Unlike Hadoop's own line reader it keeps the beginning of a line that is too long, so that such a row can be shown
 * to its owner, and never holds more of it. A byte order mark at the start of a file is skipped.
 */
final class LineReader implements Closeable {
    private static final int BUFFER = 1 << 16;
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final InputStream in;
    private final long end;
    private final int maxBytes;
    private final byte[] buffer = new byte[BUFFER];
    private int next;
    private int limit;
    private long position;

    private LineReader(InputStream in, long position, long end, int maxBytes) {
        this.in = in;
        this.position = position;
        this.end = end;
        this.maxBytes = maxBytes;
    }

    /**
     * Opens a slice.
     *
     * @param maxBytes of a longer line only so many bytes are kept
     */
    static LineReader open(FileSlice slice, int maxBytes, Configuration conf) throws IOException {
        Path path = new Path(slice.file());
        CompressionCodec codec = new CompressionCodecFactory(conf).getCodec(path);
        FSDataInputStream file = path.getFileSystem(conf).open(path);
        try {
            if (codec != null) {
                return started(new LineReader(codec.createInputStream(file), 0, slice.end(), maxBytes), slice);
            }
            // From one byte earlier: if that byte ends a line, the slice starts with a whole line.
            long from = Math.max(0, slice.start() - 1);
            file.seek(from);
            return started(new LineReader(file, from, slice.end(), maxBytes), slice);
        } catch (IOException | RuntimeException failure) {
            file.close();
            throw failure;
        }
    }

    private static LineReader started(LineReader reader, FileSlice slice) throws IOException {
        if (slice.start() > 0) {
            reader.read(0);
        } else {
            reader.skipByteOrderMark();
        }
        return reader;
    }

    /** The next line that starts in the slice, or null after the last. */
    RawLine read() throws IOException {
        return position >= end || !fill() ? null : read(maxBytes);
    }

    private RawLine read(int keep) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(256);
        long length = 0;
        boolean ended = false;
        while (!ended && fill()) {
            int stop = next;
            while (stop < limit && buffer[stop] != '\n') {
                stop++;
            }
            int chunk = stop - next;
            line.write(buffer, next, (int) Math.min(chunk, Math.max(0, keep - length)));
            length += chunk;
            ended = stop < limit;
            position += ended ? chunk + 1 : chunk;
            next = ended ? stop + 1 : stop;
        }
        return withoutCarriageReturn(line.toByteArray(), length);
    }

    private static RawLine withoutCarriageReturn(byte[] bytes, long length) {
        int last = bytes.length - 1;
        if (bytes.length == length && last >= 0 && bytes[last] == '\r') {
            byte[] shorter = new byte[last];
            System.arraycopy(bytes, 0, shorter, 0, last);
            return new RawLine(shorter, last);
        }
        return new RawLine(bytes, length);
    }

    private void skipByteOrderMark() throws IOException {
        if (fill() && limit >= BYTE_ORDER_MARK.length) {
            for (int i = 0; i < BYTE_ORDER_MARK.length; i++) {
                if (buffer[i] != BYTE_ORDER_MARK[i]) {
                    return;
                }
            }
            next = BYTE_ORDER_MARK.length;
            position = BYTE_ORDER_MARK.length;
        }
    }

    /** Whether there is a byte at {@link #next}. */
    private boolean fill() throws IOException {
        if (next < limit) {
            return true;
        }
        next = 0;
        // As much as there is, so that the byte order mark is never split over two fills.
        limit = in.readNBytes(buffer, 0, BUFFER);
        return limit > 0;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
