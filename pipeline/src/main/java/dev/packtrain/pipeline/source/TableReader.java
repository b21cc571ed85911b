package dev.packtrain.pipeline.source;

import java.util.Iterator;
import java.util.Map;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.unsafe.types.UTF8String;

/** Numbers the rows of a partition of a table and writes them as JSON. */
final class TableReader implements Iterator<RowReader.Row> {
    private final Iterator<InternalRow> rows;
    private final TableSplits.Columns columns;
    private final TableRowWriter writer;
    private final Map<TableSplits.Key, TableSplits.Numbers> numbers;
    private final int maxRowBytes;
    private final JsonBytes json = new JsonBytes();
    private UTF8String file;
    private long start;
    private TableSplits.Numbers split;
    private String name;
    private long read;

    TableReader(
            Iterator<InternalRow> rows,
            TableSplits.Columns columns,
            TableRowWriter writer,
            Map<TableSplits.Key, TableSplits.Numbers> numbers,
            int maxRowBytes) {
        this.rows = rows;
        this.columns = columns;
        this.writer = writer;
        this.numbers = numbers;
        this.maxRowBytes = maxRowBytes;
    }

    @Override
    public boolean hasNext() {
        boolean more = rows.hasNext();
        if (!more) {
            requireWholeSplit();
        }
        return more;
    }

    @Override
    public RowReader.Row next() {
        InternalRow row = rows.next();
        if (split == null || columns.differs(row, file, start)) {
            requireWholeSplit();
            TableSplits.Key key = columns.key(row);
            split = numbers.get(key);
            if (split == null) {
                throw changed("it has rows at a place where none were counted");
            }
            name = columns.display(key);
            file = columns.file(row);
            start = columns.start(row);
            read = 0;
        }
        if (read == split.rows()) {
            throw changed("it has more rows than the %d that were counted".formatted(read));
        }
        json.clear();
        writer.write(json, row);
        RowLocation location = new RowLocation(split.firstRow() + read, name, split.firstOfFile() + read + 1);
        read++;
        return new RowReader.Row(location, json.head(maxRowBytes), json.size());
    }

    private void requireWholeSplit() {
        if (split != null && read != split.rows()) {
            throw changed("it has %d rows at a place where %d were counted".formatted(read, split.rows()));
        }
    }

    private IllegalStateException changed(String how) {
        return new IllegalStateException(
                "%s changed while it was read: %s; run it again when nothing writes to it, or persist or sort a data frame that is not the same each time"
                        .formatted(name == null ? "the table" : name, how));
    }
}
