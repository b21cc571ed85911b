package dev.packtrain.pipeline.source;

import java.io.IOException;
import java.io.Serializable;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;

/**
 * What one slice holds, and where in it.
 *
 * <p>The file has a mark every so many bytes. A mark says how many lines and rows start before it, so that a reader can
 * start at any mark and know the numbers of what it reads. Where the marks are, and so what they say of the file, does
 * not depend on the slices.
 *
 * @param lines all lines
 * @param rows lines that are not blank
 * @param startsArray whether the slice starts its file and its first row starts with {@code [}
 * @param firstMark number of the first mark in the slice: it stands at byte {@code firstMark * markBytes} of the file
 * @param linesBefore for every mark in the slice, lines of the slice that start before it
 * @param rowsBefore the same of rows
 */
record SliceCounts(long lines, long rows, boolean startsArray, long firstMark, long[] linesBefore, long[] rowsBefore)
        implements Serializable {
    /** Counts a slice without keeping any of it. */
    static SliceCounts of(FileSlice slice, int maxRowBytes, int markBytes, Configuration conf) throws IOException {
        long firstMark = (slice.start() + markBytes - 1) / markBytes;
        Marks marks = new Marks(firstMark, markBytes);
        long numLines = 0;
        long numRows = 0;
        boolean startsArray = false;
        try (LineReader lines = LineReader.open(slice, maxRowBytes, conf)) {
            while (lines.skip()) {
                marks.upTo(lines.skippedStart(), numLines, numRows);
                if (!lines.skippedIsBlank()) {
                    startsArray |= numRows == 0 && slice.start() == 0 && lines.skippedFirstByte() == '[';
                    numRows++;
                }
                numLines++;
            }
        }
        if (slice.end() < Long.MAX_VALUE) {
            marks.upTo(slice.end() - 1, numLines, numRows);
        }
        return new SliceCounts(numLines, numRows, startsArray, firstMark, marks.lines(), marks.rows());
    }

    /** Number of marks in the slice. */
    int numMarks() {
        return rowsBefore.length;
    }

    /** The marks as they are passed. */
    private static final class Marks {
        private final long firstMark;
        private final int markBytes;
        private long[] lines = new long[8];
        private long[] rows = new long[8];
        private int size;

        Marks(long firstMark, int markBytes) {
            this.firstMark = firstMark;
            this.markBytes = markBytes;
        }

        /** Marks that are not yet set, up to the one at {@code byteInFile}. */
        void upTo(long byteInFile, long numLines, long numRows) {
            while ((firstMark + size) * markBytes <= byteInFile) {
                if (size == rows.length) {
                    lines = Arrays.copyOf(lines, 2 * size);
                    rows = Arrays.copyOf(rows, 2 * size);
                }
                lines[size] = numLines;
                rows[size++] = numRows;
            }
        }

        long[] lines() {
            return Arrays.copyOf(lines, size);
        }

        long[] rows() {
            return Arrays.copyOf(rows, size);
        }
    }
}
