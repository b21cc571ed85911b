package dev.packtrain.pipeline.source;

import java.io.Closeable;
import java.io.IOException;
import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;

/** Reads the rows of a slice: its lines that are not blank, with their numbers. */
public final class RowReader implements Closeable {
    private final LineReader lines;
    private final FileSlice slice;
    private long nextRow;
    private long nextLine;

    private RowReader(LineReader lines, FileSlice slice, SliceNumbers numbers) {
        this.lines = lines;
        this.slice = slice;
        this.nextRow = numbers.firstRow();
        this.nextLine = numbers.firstLine();
    }

    /**
     * A row, unchecked.
     *
     * @param location where it is
     * @param bytes the line, of a line that is too long only the beginning
     * @param length bytes of the whole line
     */
    public record Row(RowLocation location, byte[] bytes, long length) implements Serializable {}

    /** Opens a slice whose first line has these numbers. */
    public static RowReader open(FileSlice slice, SliceNumbers numbers, int maxRowBytes, Configuration conf)
            throws IOException {
        return new RowReader(LineReader.open(slice, maxRowBytes, conf), slice, numbers);
    }

    /** Number of the row that {@link #read} gives next, if there is one more. */
    long nextRow() {
        return nextRow;
    }

    /** Passes over the rows before this number. */
    void skipTo(long row) throws IOException {
        while (nextRow < row && lines.skip()) {
            nextLine++;
            nextRow += lines.skippedIsBlank() ? 0 : 1;
        }
    }

    /** The next row, or null after the last. */
    public Row read() throws IOException {
        RawLine line = lines.read();
        while (line != null && line.isBlank()) {
            nextLine++;
            line = lines.read();
        }
        if (line == null) {
            return null;
        }
        return new Row(new RowLocation(nextRow++, slice.name(), nextLine++), line.bytes(), line.length());
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
