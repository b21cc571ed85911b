package dev.packtrain.pipeline.source;

import java.io.Closeable;
import java.io.IOException;
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
    public record Row(RowLocation location, byte[] bytes, long length) {}

    /** Opens a slice whose first line has these numbers. */
    public static RowReader open(FileSlice slice, SliceNumbers numbers, int maxRowBytes, Configuration conf)
            throws IOException {
        return new RowReader(LineReader.open(slice, maxRowBytes, conf), slice, numbers);
    }

    /** Counts the lines and rows of a slice. */
    public static SliceNumbers.Counts count(FileSlice slice, int maxRowBytes, Configuration conf) throws IOException {
        long numLines = 0;
        long numRows = 0;
        boolean startsArray = false;
        try (LineReader lines = LineReader.open(slice, maxRowBytes, conf)) {
            for (RawLine line = lines.read(); line != null; line = lines.read()) {
                if (!line.isBlank()) {
                    startsArray |= numRows == 0 && slice.start() == 0 && firstByte(line) == '[';
                    numRows++;
                }
                numLines++;
            }
        }
        return new SliceNumbers.Counts(numLines, numRows, startsArray);
    }

    private static byte firstByte(RawLine line) {
        for (byte b : line.bytes()) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return b;
            }
        }
        return ' ';
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
