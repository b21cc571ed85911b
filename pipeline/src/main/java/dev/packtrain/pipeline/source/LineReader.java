package dev.packtrain.pipeline.source;

import dev.packtrain.packing.BadInputException;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;

/**
 * Reads the lines of a {@link FileSlice}. A line ends with LF or CR LF, neither of which counts in its length, and
 * belongs to the slice in which it starts.
 *
 * <p>Unlike Hadoop's own line reader it keeps the beginning of a line that is too long, so that such a row can be shown
 * to its owner, and never holds more of it. A byte order mark at the start of a file is skipped.
 */
final class LineReader implements Closeable {
    private static final int BUFFER = 1 << 16;
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long LOW_BITS = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long NEWLINES = '\n' * LOW_BITS;

    private final InputStream in;
    private final long end;
    private final int maxBytes;
    private final byte[] buffer = new byte[BUFFER];
    private int next;
    private int limit;
    private long position;
    private long lineStart;
    private long lineLength;
    private byte firstByte;

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
     * @throws BadInputException if it cannot be read, or is UTF-16
     */
    static LineReader open(FileSlice slice, int maxBytes, Configuration conf) throws IOException {
        Path path = new Path(slice.file());
        CompressionCodec codec = new CompressionCodecFactory(conf).getCodec(path);
        FSDataInputStream file = InputBytes.open(path, conf);
        try {
            if (codec != null) {
                InputStream lines = InputBytes.decompressed(path, codec, file);
                return started(new LineReader(lines, 0, slice.end(), maxBytes), slice);
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
        if (slice.start() == 0) {
            reader.skipByteOrderMark(slice.name());
        } else if (reader.fill()) {
            reader.pass(null);
        }
        return reader;
    }

    /** The next line that starts in the slice, or null after the last. */
    RawLine read() throws IOException {
        if (position >= end || !fill()) {
            return null;
        }
        int stop = newline(next);
        if (stop < limit && stop - next <= maxBytes) {
            // Nearly always: the whole line is in the buffer.
            boolean carriageReturn = stop > next && buffer[stop - 1] == '\r';
            byte[] line = Arrays.copyOfRange(buffer, next, carriageReturn ? stop - 1 : stop);
            position += stop + 1 - next;
            next = stop + 1;
            return new RawLine(line, line.length);
        }
        ByteArrayOutputStream kept = new ByteArrayOutputStream(256);
        pass(kept);
        byte[] bytes = kept.toByteArray();
        return new RawLine(bytes.length > lineLength ? Arrays.copyOf(bytes, (int) lineLength) : bytes, lineLength);
    }

    /** Passes over the next line that starts in the slice without keeping it; false if there is none. */
    boolean skip() throws IOException {
        if (position >= end || !fill()) {
            return false;
        }
        pass(null);
        return true;
    }

    /** Where the line starts that {@link #skip} passed over, in bytes of the file, uncompressed. */
    long skippedStart() {
        return lineStart;
    }

    /** Its first byte that is not white space; a blank if there is none. */
    byte skippedFirstByte() {
        return firstByte;
    }

    /** Whether it is no row, as {@link RawLine#isBlank}. */
    boolean skippedIsBlank() {
        return firstByte == ' ' && lineLength <= maxBytes;
    }

    /** To behind the end of the line that starts at {@link #next}. */
    private void pass(ByteArrayOutputStream kept) throws IOException {
        lineStart = position;
        lineLength = 0;
        firstByte = ' ';
        boolean carriageReturn = false;
        boolean ended = false;
        while (!ended && fill()) {
            for (int at = next; firstByte == ' ' && at < limit && buffer[at] != '\n'; at++) {
                firstByte = RawLine.isSpace(buffer[at]) ? (byte) ' ' : buffer[at];
            }
            int stop = newline(next);
            int chunk = stop - next;
            if (kept != null) {
                kept.write(buffer, next, (int) Math.min(chunk, Math.max(0, maxBytes - lineLength)));
            }
            lineLength += chunk;
            carriageReturn = chunk > 0 ? buffer[stop - 1] == '\r' : carriageReturn;
            ended = stop < limit;
            position += ended ? chunk + 1 : chunk;
            next = ended ? stop + 1 : stop;
        }
        lineLength -= carriageReturn ? 1 : 0;
    }

    /** Where the first LF from {@code from} on is in the buffer; {@link #limit} if there is none. */
    private int newline(int from) {
        int at = from;
        for (; at + Long.BYTES <= limit; at += Long.BYTES) {
            // A byte of the difference is 0 where there is an LF; the lowest one marked is never a false alarm.
            long difference = (long) LONGS.get(buffer, at) ^ NEWLINES;
            long zeros = (difference - LOW_BITS) & ~difference & HIGH_BITS;
            if (zeros != 0) {
                return at + Long.numberOfTrailingZeros(zeros) / Byte.SIZE;
            }
        }
        while (at < limit && buffer[at] != '\n') {
            at++;
        }
        return at;
    }

    private void skipByteOrderMark(String name) throws IOException {
        if (!fill()) {
            return;
        }
        InputBytes.requireUtf8(name, buffer, limit);
        if (limit >= BYTE_ORDER_MARK.length
                && Arrays.equals(buffer, 0, BYTE_ORDER_MARK.length, BYTE_ORDER_MARK, 0, BYTE_ORDER_MARK.length)) {
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
