package dev.packtrain.pipeline.source;

import java.io.Serializable;
import java.util.Arrays;

/**
 * What one split of a table or CSV file holds.
 *
 * @param file the file, or empty for a partition of a data frame
 * @param start where in the file the split starts, or the number of the partition
 * @param rows rows
 * @param bytes of these rows as JSON or in the file
 * @param marks how many rows are before each mark; mark i is before the first row that starts {@code (i + 1) *}
 *     {@link #MARK_BYTES} or more after the start of the split
 */
record SplitCounts(String file, long start, long rows, long bytes, long[] marks) implements Serializable {
    /** The driver holds 8 bytes a mark: 80 MB for 10 TB of rows. */
    static final int MARK_BYTES = 1 << 20;

    /** Counts rows one by one. */
    static final class Counter {
        private long rows;
        private long bytes;
        private long[] marks = new long[4];
        private int numMarks;

        void add(long rowBytes) {
            for (; bytes >= (numMarks + 1L) * MARK_BYTES; numMarks++) {
                if (numMarks == marks.length) {
                    marks = Arrays.copyOf(marks, 2 * numMarks);
                }
                marks[numMarks] = rows;
            }
            rows++;
            bytes += rowBytes;
        }

        SplitCounts of(String file, long start) {
            return new SplitCounts(file, start, rows, bytes, Arrays.copyOf(marks, numMarks));
        }
    }
}
