package dev.packtrain.pipeline.source;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;

/** Reads consecutive rows, over the ends of files, one at a time as Spark asks for them. */
final class GroupReader implements Iterator<RowReader.Row>, Closeable {
    private final List<FileSlice> files;
    private final long endRow;
    private final int maxRowBytes;
    private final Configuration conf;
    private RowReader reader;
    private int file;
    private RowReader.Row next;

    private GroupReader(List<FileSlice> files, long endRow, int maxRowBytes, Configuration conf) {
        this.files = files;
        this.endRow = endRow;
        this.maxRowBytes = maxRowBytes;
        this.conf = conf;
    }

    /** Has itself closed at the end of the task that runs, also when it fails or is killed in the middle of the group. */
    GroupReader closedByTask() {
        TaskContext.get().addTaskCompletionListener((TaskCompletionListener) context -> closeUnchecked());
        return this;
    }

    /** All rows of a slice. */
    static GroupReader ofSlice(LineFiles.NumberedSlice slice, int maxRowBytes, Configuration conf) throws IOException {
        GroupReader rows = new GroupReader(List.of(slice.slice()), Long.MAX_VALUE, maxRowBytes, conf);
        rows.reader = RowReader.open(slice.slice(), slice.numbers(), maxRowBytes, conf);
        rows.advance();
        return rows;
    }

    /**
     * The rows of a group.
     *
     * @param files all files that have rows, each as one slice
     */
    static GroupReader of(LineFiles.RowGroup group, List<FileSlice> files, int maxRowBytes, Configuration conf)
            throws IOException {
        GroupReader rows = new GroupReader(files, group.endRow(), maxRowBytes, conf);
        GroupPlan.Mark mark = group.start().mark();
        rows.file = mark.file();
        rows.reader = RowReader.open(files.get(mark.file()).from(mark.offset()), mark.numbers(), maxRowBytes, conf);
        rows.reader.skipTo(group.start().firstRow());
        rows.advance();
        return rows;
    }

    private void advance() throws IOException {
        long nextRow = reader.nextRow();
        next = nextRow < endRow ? reader.read() : null;
        while (next == null && nextRow < endRow && file + 1 < files.size()) {
            reader.close();
            file++;
            reader = RowReader.open(files.get(file), new SliceNumbers(nextRow, 1), maxRowBytes, conf);
            next = reader.read();
        }
    }

    private void closeUnchecked() {
        try {
            close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() throws IOException {
        if (reader != null) {
            reader.close();
        }
    }

    @Override
    public boolean hasNext() {
        return next != null;
    }

    @Override
    public RowReader.Row next() {
        if (next == null) {
            throw new NoSuchElementException("the group has no more rows");
        }
        RowReader.Row row = next;
        try {
            advance();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return row;
    }
}
