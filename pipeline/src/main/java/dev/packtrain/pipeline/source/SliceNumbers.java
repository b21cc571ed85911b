package dev.packtrain.pipeline.source;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * The numbers of the first line of a slice.
 *
 * @param firstRow number of its first row in the whole input, 0-based
 * @param firstLine number of its first line in the file, 1-based
 */
public record SliceNumbers(long firstRow, long firstLine) implements Serializable {
    /**
     * What one slice holds.
     *
     * @param lines all lines
     * @param rows lines that are not blank
     * @param startsArray whether the slice starts its file and its first row starts with {@code [}
     */
    public record Counts(long lines, long rows, boolean startsArray) implements Serializable {}

    /** Numbers the slices from their counts, both in input order. */
    public static List<SliceNumbers> of(List<FileSlice> slices, List<Counts> counts) {
        List<SliceNumbers> numbers = new ArrayList<>(slices.size());
        long row = 0;
        long line = 1;
        for (int i = 0; i < slices.size(); i++) {
            if (slices.get(i).start() == 0) {
                line = 1;
            }
            numbers.add(new SliceNumbers(row, line));
            row += counts.get(i).rows();
            line += counts.get(i).lines();
        }
        return numbers;
    }
}
