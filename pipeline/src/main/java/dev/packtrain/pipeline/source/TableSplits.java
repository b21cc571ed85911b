package dev.packtrain.pipeline.source;

import java.io.Serializable;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.functions;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * How the rows of a table fall into splits: by file and place in it, where Spark knows them, or else by partition.
 *
 * @param rows the table's columns, and behind them file and place if {@code columns} has them
 * @param columns how to tell the split of a row
 */
record TableSplits(RDD<InternalRow> rows, Columns columns) {
    private static final String METADATA = "_metadata";

    /** A split, as {@link SplitCounts} names it. */
    record Key(String file, long start) implements Serializable {}

    /**
     * What is known of a split when it is read.
     *
     * @param firstRow number of its first row
     * @param firstOfFile the same in its file
     * @param rows how many rows were counted
     */
    record Numbers(long firstRow, long firstOfFile, long rows) implements Serializable {}

    /**
     * Where a row says what split it is of.
     *
     * @param fileAt column of the file; -1 if the split is the partition
     * @param name what all rows are said to be of; null if that is their file
     * @param partition number of the partition that is read, if that is the split
     */
    record Columns(int fileAt, String name, int partition) implements Serializable {
        Columns at(int number) {
            return new Columns(fileAt, name, number);
        }

        Key key(InternalRow row) {
            return fileAt < 0
                    ? new Key("", partition)
                    : new Key(path(row.getUTF8String(fileAt).toString()).toString(), row.getLong(fileAt + 1));
        }

        /** Whether a row is of another split than the row before it, whose file and start these are. */
        boolean differs(InternalRow row, UTF8String file, long start) {
            return fileAt >= 0
                    && (row.getLong(fileAt + 1) != start
                            || !row.getUTF8String(fileAt).equals(file));
        }

        UTF8String file(InternalRow row) {
            return fileAt < 0
                    ? UTF8String.EMPTY_UTF8
                    : row.getUTF8String(fileAt).copy();
        }

        long start(InternalRow row) {
            return fileAt < 0 ? partition : row.getLong(fileAt + 1);
        }

        /** What messages call the file of a split. */
        String display(Key key) {
            return name != null ? name : InputFiles.display(new Path(key.file()));
        }

        private static Path path(String uri) {
            return new Path(URI.create(uri));
        }
    }

    /** By file. */
    static TableSplits ofFiles(Dataset<Row> table) {
        return byFile(table, null);
    }

    /** By file if the table is made of files, else by partition. */
    static TableSplits ofTable(Dataset<Row> table, String name) {
        return hasFiles(table) ? byFile(table, name) : ofPartitions(table, name);
    }

    private static boolean hasFiles(Dataset<Row> table) {
        try {
            table.select(table.metadataColumn(METADATA).getField("file_path"));
            return true;
        } catch (Exception answer) {
            // Spark's way to say no: it has no method that only asks, and does not declare this exception.
            if (answer instanceof AnalysisException) {
                return false;
            }
            throw answer;
        }
    }

    /** By partition. */
    static TableSplits ofPartitions(Dataset<Row> table, String name) {
        return new TableSplits(table.queryExecution().toRdd(), new Columns(-1, name, 0));
    }

    private static TableSplits byFile(Dataset<Row> table, String name) {
        Column metadata = table.metadataColumn(METADATA);
        Dataset<Row> located =
                table.select(functions.col("*"), metadata.getField("file_path"), metadata.getField("file_block_start"));
        return new TableSplits(
                located.queryExecution().toRdd(), new Columns(table.schema().size(), name, 0));
    }

    /** Counts the rows of a partition, split by split. */
    PartitionJob.Task<InternalRow, List<SplitCounts>> counting(TableRowWriter writer) {
        Columns unplaced = columns;
        return partition -> {
            Columns here = unplaced.at(TaskContext.getPartitionId());
            List<SplitCounts> splits = new ArrayList<>();
            JsonBytes json = new JsonBytes();
            SplitCounts.Counter counter = null;
            Key key = null;
            UTF8String file = null;
            long start = 0;
            while (partition.hasNext()) {
                InternalRow row = partition.next();
                if (counter == null || here.differs(row, file, start)) {
                    if (counter != null) {
                        splits.add(counter.of(key.file(), key.start()));
                    }
                    counter = new SplitCounts.Counter();
                    key = here.key(row);
                    file = here.file(row);
                    start = here.start(row);
                }
                json.clear();
                writer.write(json, row);
                counter.add(json.size());
            }
            if (counter != null) {
                splits.add(counter.of(key.file(), key.start()));
            }
            return splits;
        };
    }
}
