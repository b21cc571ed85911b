package dev.packtrain.pipeline.source;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.SourceOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileStatus;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * Rows of Parquet and ORC files, of a table of Spark's catalog or of a data frame, as JSON objects.
 *
 * <p>Rows of files are numbered by file, then by place in it, which Spark says of every row. Rows of anything else are
 * numbered by partition, so a data frame must give the same partitions with the same rows in the same order each time:
 * one that is read from somewhere, or sorted, or persisted does; {@code repartition} alone does not. What changes between
 * counting and reading is refused.
 */
final class TableRows implements RowInput {
    private final Dataset<Row> table;
    private final TableSplits splits;
    private final SplitOrder order;
    private final List<String> names;
    private final int maxRowBytes;

    private TableRows(Dataset<Row> table, TableSplits splits, SplitOrder order, List<String> names, int maxRowBytes) {
        this.table = table;
        this.splits = splits;
        this.order = order;
        this.names = names;
        this.maxRowBytes = maxRowBytes;
    }

    /**
     * Files of one kind that Spark can read as a table.
     *
     * @param splitBytes bytes of a file that one task reads, about
     */
    static TableRows ofFiles(
            List<FileStatus> files,
            FileKind kind,
            SourceOptions options,
            long splitBytes,
            BiConsumer<Integer, Integer> progress) {
        Dataset<Row> table = TableSession.files(
                SparkSession.active(),
                kind == FileKind.PARQUET ? "parquet" : "orc",
                files.stream().map(FileStatus::getPath).toList(),
                splitBytes);
        List<String> names =
                files.stream().map(file -> InputFiles.display(file.getPath())).toList();
        return count(table, TableSplits.ofFiles(table), names, options, progress);
    }

    /** The table {@code table:NAME} of the catalog. */
    static TableRows ofCatalog(SourceOptions options, BiConsumer<Integer, Integer> progress) {
        Dataset<Row> table =
                TableSession.table(SparkSession.active(), options.path().substring(FileKind.TABLE_PREFIX.length()));
        return count(table, TableSplits.ofTable(table, options.path()), List.of(options.path()), options, progress);
    }

    static TableRows ofDataFrame(Dataset<Row> table, SourceOptions options, BiConsumer<Integer, Integer> progress) {
        return count(
                table, TableSplits.ofPartitions(table, options.path()), List.of(options.path()), options, progress);
    }

    private static TableRows count(
            Dataset<Row> table,
            TableSplits splits,
            List<String> names,
            SourceOptions options,
            BiConsumer<Integer, Integer> progress) {
        TableRowWriter writer = new TableRowWriter(table.schema(), "");
        List<SplitCounts> counts = new ArrayList<>();
        int numPartitions = splits.rows().getNumPartitions();
        int[] numDone = {0};
        progress.accept(0, numPartitions);
        PartitionJob.run(splits.rows(), splits.counting(writer), (partition, found) -> {
            counts.addAll(found);
            progress.accept(++numDone[0], numPartitions);
        });
        return new TableRows(table, splits, new SplitOrder(merged(counts)), names, options.maxRowBytes());
    }

    /** Refuses a split that came in two pieces, whose rows could not be told apart. */
    private static List<SplitCounts> merged(List<SplitCounts> counts) {
        Map<String, SplitCounts> seen = new HashMap<>();
        for (SplitCounts split : counts) {
            if (seen.put(split.file() + "\0" + split.start(), split) != null) {
                throw new BadInputException(
                        "the rows of %s at %d come in more than one piece, so they have no order; copy the table to Parquet files and give these"
                                .formatted(split.file(), split.start()));
            }
        }
        return counts;
    }

    @Override
    public long numRows() {
        return order.numRows();
    }

    @Override
    public List<String> fileNames() {
        return names;
    }

    @Override
    public JavaRDD<RowReader.Row> rows(JavaSparkContext spark) {
        Map<TableSplits.Key, TableSplits.Numbers> numbers = order.numbered().stream()
                .collect(Collectors.toMap(
                        split -> new TableSplits.Key(
                                split.split().file(), split.split().start()),
                        split -> new TableSplits.Numbers(
                                split.firstRow(),
                                split.firstOfFile(),
                                split.split().rows())));
        // Never destroyed: whoever has the rows may read them again. Spark drops it with the last reference.
        Broadcast<Map<TableSplits.Key, TableSplits.Numbers>> shared = spark.broadcast(new HashMap<>(numbers));
        TableRowWriter writer = new TableRowWriter(table.schema(), "");
        JavaRDD<InternalRow> rows = splits.rows().toJavaRDD();
        TableSplits.Columns columns = splits.columns();
        int maxBytes = maxRowBytes;
        return rows.mapPartitionsWithIndex(
                (partition, internal) ->
                        new TableReader(internal, columns.at(partition), writer, shared.value(), maxBytes),
                false);
    }

    @Override
    public JavaRDD<RowReader.Row> groups(JavaSparkContext spark, GroupBounds bounds) {
        return ShuffledGroups.of(rows(spark), groupStarts(bounds));
    }

    @Override
    public long[] groupStarts(GroupBounds bounds) {
        return order.groups(bounds);
    }
}
