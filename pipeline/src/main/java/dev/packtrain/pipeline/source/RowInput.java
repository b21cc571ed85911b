package dev.packtrain.pipeline.source;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.SourceOptions;
import java.io.IOException;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The input of a run: numbered rows. Row numbers, and where groups of rows start, depend on the input alone and never
 * on how Spark cuts it.
 */
public sealed interface RowInput permits LineFiles {
    /**
     * Finds the input and counts its rows.
     *
     * @param progress is told how many slices of how many are counted
     * @throws BadInputException if there is nothing to read, or a file is one large JSON array
     */
    static RowInput open(JavaSparkContext spark, SourceOptions options, BiConsumer<Integer, Integer> progress)
            throws IOException {
        return LineFiles.open(spark, options, progress);
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
