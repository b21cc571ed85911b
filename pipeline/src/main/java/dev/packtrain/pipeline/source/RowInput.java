package dev.packtrain.pipeline.source;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.SourceOptions;
import java.io.IOException;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.hadoop.fs.FileStatus;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The input of a run: numbered rows. Row numbers, and where groups of rows start, depend on the input alone and never
 * on how Spark cuts it.
 */
public sealed interface RowInput permits LineFiles, CsvFiles, TableRows, MixedInput {
    /**
     * Finds the input and counts its rows. Tables are read in Spark's active session.
     *
     * @param progress is told how many slices of how many are counted
     * @throws BadInputException if there is nothing to read, files of several kinds, or one large JSON array
     */
    static RowInput open(JavaSparkContext spark, SourceOptions options, BiConsumer<Integer, Integer> progress)
            throws IOException {
        if (options.path().startsWith(FileKind.TABLE_PREFIX)) {
            return withRows(TableRows.ofCatalog(options, progress), options);
        }
        List<FileStatus> files = InputFiles.find(options.path(), spark.hadoopConfiguration());
        FileKind kind = InputFiles.kind(files, options.path());
        return switch (kind) {
            case PARQUET, ORC ->
                withRows(TableRows.ofFiles(files, kind, options, TableSession.SPLIT_BYTES, progress), options);
            case CSV -> withRows(CsvFiles.open(spark, files, options, progress), options);
            case JSON_LINES, TEXT, UNKNOWN, TABLE -> LineFiles.open(spark, files, options, progress);
        };
    }

    /**
     * Counts the rows of a data frame, which must give the same rows in the same partitions each time that it is read.
     *
     * @param options of which {@link SourceOptions#path} is what manifest and messages call the data frame; it starts
     *     with {@link FileKind#DATA_FRAME}
     */
    static RowInput of(Dataset<Row> table, SourceOptions options, BiConsumer<Integer, Integer> progress) {
        return withRows(TableRows.ofDataFrame(table, options, progress), options);
    }

    private static RowInput withRows(RowInput input, SourceOptions options) {
        if (input.numRows() == 0) {
            throw new BadInputException(
                    "%s has no rows; give a table or files that have some".formatted(options.path()));
        }
        return input;
    }

    /** The Hadoop settings of the driver, for tasks that read and write files. */
    static Broadcast<SerializableConfiguration> broadcast(JavaSparkContext spark) {
        return spark.broadcast(new SerializableConfiguration(spark.hadoopConfiguration()));
    }

    /** Number of rows, at least 1. */
    long numRows();

    /** What manifest and messages call the places the rows come from, in the order in which rows are numbered. */
    List<String> fileNames();

    /** All rows, unchecked, in any order and in whatever partitions are cheapest to read. */
    JavaRDD<RowReader.Row> rows(JavaSparkContext spark);

    /**
     * All rows as groups of consecutive ones: partition g holds the rows of group g, by rising number. Read without a
     * shuffle where the input can be read from any place, else by {@link ShuffledGroups}.
     */
    JavaRDD<RowReader.Row> groups(JavaSparkContext spark, GroupBounds bounds);

    /** Number of the first row of each of these groups, rising from 0. */
    long[] groupStarts(GroupBounds bounds);
}
