package dev.packtrain.pipeline.source;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Reads the records of a CSV file as RFC 4180 has them: values may be quoted, then hold separators and line ends, and
 * quotes that stand twice. Blank lines are no records. Of a record that is too long only the beginning is kept.
 */
final class CsvReader implements Closeable {
    private static final int RAW_BYTES = 2048;
    private static final int MAX_VALUES = 1 << 16;
    private static final int END = -1;

    private final InputStream in;
    private final byte separator;
    private final int maxBytes;
    private final byte[] buffer = new byte[1 << 16];
    private int next;
    private int limit;
    private long line = 1;

    private byte[] values = new byte[1024];
    private int size;
    private int[] ends = new int[16];
    private boolean[] quoted = new boolean[16];
    private int numValues;
    private long firstLine;
    private long length;
    private String problem;
    private final byte[] raw = new byte[RAW_BYTES];
    private int rawSize;

    /** With a stream that is closed with this reader; of longer records only {@code maxBytes} are kept. */
    CsvReader(InputStream in, char separator, int maxBytes) throws IOException {
        this.in = in;
        this.separator = (byte) separator;
        this.maxBytes = maxBytes;
        if (peek() == 0xEF && limit >= 3 && buffer[1] == (byte) 0xBB && buffer[2] == (byte) 0xBF) {
            next = 3;
        }
    }

    /** Goes to the next record; false after the last. */
    boolean read() throws IOException {
        do {
            if (peek() == END) {
                return false;
            }
            size = 0;
            numValues = 0;
            length = 0;
            rawSize = 0;
            problem = null;
            firstLine = line;
            while (value()) {
                if (numValues < MAX_VALUES) {
                    numValues++;
                } else if (problem == null) {
                    // What follows is read over the last value, so that memory stays bounded.
                    problem = "the record has more than %d values".formatted(MAX_VALUES);
                }
            }
            numValues++;
        } while (isBlank());
        return true;
    }

    /** Reads one value into the place of number {@link #numValues}; false if it was the record's last. */
    private boolean value() throws IOException {
        if (numValues == ends.length) {
            ends = Arrays.copyOf(ends, 2 * numValues);
            quoted = Arrays.copyOf(quoted, 2 * numValues);
        }
        quoted[numValues] = peek() == '"';
        if (quoted[numValues]) {
            quotedPart();
        }
        int start = size;
        int b = take();
        while (b != separator && b != '\n' && b != END) {
            keep(b);
            b = take();
        }
        if (b != separator && size > start && values[size - 1] == '\r') {
            size--;
        }
        if (quoted[numValues] && size > start && problem == null) {
            problem = "something follows the closing quote of value %d".formatted(numValues + 1);
        }
        ends[numValues] = size;
        return b == separator;
    }

    private void quotedPart() throws IOException {
        take();
        for (int b = take(); b != END; b = take()) {
            if (b != '"') {
                keep(b);
            } else if (peek() == '"') {
                keep(take());
            } else {
                return;
            }
        }
        problem = "a quote that opens in the record at line %d is never closed".formatted(firstLine);
    }

    private boolean isBlank() {
        if (numValues > 1 || quoted[0] || length > maxBytes) {
            return false;
        }
        for (int i = 0; i < size; i++) {
            if (values[i] != ' ' && values[i] != '\t') {
                return false;
            }
        }
        return true;
    }

    private void keep(int b) {
        if (size == maxBytes) {
            return;
        }
        if (size == values.length) {
            values = Arrays.copyOf(values, Math.min(maxBytes, 2 * size));
        }
        values[size++] = (byte) b;
    }

    private int take() throws IOException {
        int b = peek();
        if (b != END) {
            next++;
            length++;
            line += b == '\n' ? 1 : 0;
            if (rawSize < RAW_BYTES) {
                raw[rawSize++] = (byte) b;
            }
        }
        return b;
    }

    private int peek() throws IOException {
        if (next == limit) {
            next = 0;
            limit = in.readNBytes(buffer, 0, buffer.length);
        }
        return limit == 0 ? END : buffer[next] & 0xFF;
    }

    int numValues() {
        return numValues;
    }

    /** Whether a value stands there as nothing at all, not even quotes. */
    boolean isAbsent(int value) {
        return !quoted[value] && start(value) == ends[value];
    }

    private int start(int value) {
        return value == 0 ? 0 : ends[value - 1];
    }

    void putTo(JsonBytes json, int value) {
        json.string(values, start(value), ends[value]);
    }

    /** A value as it stands, for the names in a header. */
    byte[] bytes(int value) {
        return Arrays.copyOfRange(values, start(value), ends[value]);
    }

    /** 1-based number of the line in which the record starts. */
    long firstLine() {
        return firstLine;
    }

    /** Bytes of the record in the file. */
    long length() {
        return length;
    }

    /** What is wrong with the record; null if nothing. */
    String problem() {
        return problem;
    }

    /** The beginning of the record as it stands in the file. */
    byte[] beginning() {
        return Arrays.copyOf(raw, rawSize);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
