package dev.packtrain.pipeline.source;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Places the groups of a list of files from the counts of their slices.
 *
 * <p>A group ends after {@link GroupBounds#maxRows} rows, or at the first mark that is {@link GroupBounds#maxBytes} or
 * more behind the mark before its start. Marks belong to the files, so the groups are a function of the files and the
 * bounds alone. Of the marks only those before a start are kept.
 */
final class GroupPlan {
    private final GroupBounds bounds;
    private final int markBytes;
    private final List<Start> starts = new ArrayList<>();
    private Mark last;
    private int slice = -1;
    private int file = -1;
    private SliceNumbers numbers = new SliceNumbers(0, 1);
    private long fileEnd;
    private long groupBytes;

    GroupPlan(GroupBounds bounds, int markBytes) {
        this.bounds = bounds;
        this.markBytes = markBytes;
    }

    /**
     * A place from which a file can be read.
     *
     * @param slice number of the slice it is in
     * @param file number of the file
     * @param offset byte of the file
     * @param numbers of the first line that starts there or later
     */
    record Mark(int slice, int file, long offset, SliceNumbers numbers) implements Serializable {}

    /**
     * The start of a group.
     *
     * @param mark the last mark before it
     * @param firstRow number of its first row
     */
    record Start(Mark mark, long firstRow) implements Serializable {}

    /** Goes on to the next slice, in input order. */
    void add(FileSlice next, SliceCounts counts) {
        slice++;
        if (next.start() == 0) {
            file++;
            numbers = numbers.ofNextFile();
        }
        for (int i = 0; i < counts.numMarks(); i++) {
            SliceNumbers here = new SliceNumbers(
                    numbers.firstRow() + counts.rowsBefore()[i], numbers.firstLine() + counts.linesBefore()[i]);
            pass(new Mark(slice, file, (counts.firstMark() + i) * markBytes, here));
        }
        numbers = numbers.plus(counts);
        fileEnd = next.end();
    }

    private void pass(Mark mark) {
        long row = mark.numbers().firstRow();
        if (last == null) {
            start(mark, row);
        }
        while (nextFirstRow() < row) {
            start(last, nextFirstRow());
        }
        groupBytes += bytesSinceLast(mark);
        if (nextFirstRow() == row || (row > lastStart().firstRow() && groupBytes >= bounds.maxBytes())) {
            start(mark, row);
        }
        last = mark;
    }

    private long bytesSinceLast(Mark mark) {
        if (last == null) {
            return 0;
        }
        if (mark.file() == last.file()) {
            return mark.offset() - last.offset();
        }
        // Where a compressed file ends is not known, only that it has no further mark.
        return fileEnd == Long.MAX_VALUE ? markBytes : fileEnd - last.offset();
    }

    private void start(Mark mark, long firstRow) {
        starts.add(new Start(mark, firstRow));
        groupBytes = 0;
    }

    private Start lastStart() {
        return starts.get(starts.size() - 1);
    }

    private long nextFirstRow() {
        return lastStart().firstRow() + bounds.maxRows();
    }

    /** The starts of all groups, in order, after the last slice; none if there are no rows. */
    List<Start> finish() {
        while (last != null && nextFirstRow() < numbers.firstRow()) {
            start(last, nextFirstRow());
        }
        // A mark behind the last row starts nothing.
        while (!starts.isEmpty() && lastStart().firstRow() >= numbers.firstRow()) {
            starts.remove(starts.size() - 1);
        }
        return List.copyOf(starts);
    }
}
