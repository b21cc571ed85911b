package dev.packtrain.pipeline.source;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.SourceOptions;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** The input of a run, cut into slices whose rows are numbered. */
public final class RowInput {
    private final List<FileStatus> files;
    private final List<NumberedSlice> slices;
    private final long numRows;

    private RowInput(List<FileStatus> files, List<NumberedSlice> slices, long numRows) {
        this.files = files;
        this.slices = slices;
        this.numRows = numRows;
    }

    /** A slice with the numbers of its first line; one partition of {@link #rdd}. */
    public record NumberedSlice(FileSlice slice, SliceNumbers numbers) implements Serializable {}

    /**
     * Finds the files and counts their rows.
     *
     * @param progress is told how many slices of how many are counted
     * @throws BadInputException if there is nothing to read, or a file is one large JSON array
     */
    public static RowInput open(JavaSparkContext spark, SourceOptions options, BiConsumer<Integer, Integer> progress)
            throws IOException {
        Configuration conf = spark.hadoopConfiguration();
        List<FileStatus> files = InputFiles.find(options.path(), conf);
        int parallelism = Math.max(2 * spark.defaultParallelism(), spark.defaultMinPartitions());
        List<FileSlice> slices = FileSlice.cut(files, parallelism, conf);
        List<SliceNumbers.Counts> counts = count(spark, slices, options.maxRowBytes(), progress);
        long numRows = counts.stream().mapToLong(SliceNumbers.Counts::rows).sum();
        requireLines(slices, counts);
        if (numRows == 0) {
            throw new BadInputException("%s has no rows: %d file(s) with %d bytes; give JSON lines, one object a line"
                    .formatted(
                            options.path(),
                            files.size(),
                            files.stream().mapToLong(FileStatus::getLen).sum()));
        }
        return new RowInput(files, number(slices, counts), numRows);
    }

    private static List<NumberedSlice> number(List<FileSlice> slices, List<SliceNumbers.Counts> counts) {
        List<SliceNumbers> numbers = SliceNumbers.of(slices, counts);
        List<NumberedSlice> numbered = new ArrayList<>(slices.size());
        for (int i = 0; i < slices.size(); i++) {
            numbered.add(new NumberedSlice(slices.get(i), numbers.get(i)));
        }
        return numbered;
    }

    private static List<SliceNumbers.Counts> count(
            JavaSparkContext spark, List<FileSlice> slices, int maxRowBytes, BiConsumer<Integer, Integer> progress) {
        if (slices.isEmpty()) {
            return List.of();
        }
        Broadcast<SerializableConfiguration> conf = broadcast(spark);
        SliceNumbers.Counts[] counts = new SliceNumbers.Counts[slices.size()];
        int[] numDone = {0};
        progress.accept(0, counts.length);
        PartitionJob.run(
                rdd(spark, slices, FileSlice.class).rdd(),
                partition -> RowReader.count(
                        partition.next(), maxRowBytes, conf.value().value()),
                (partition, result) -> {
                    counts[partition] = result;
                    progress.accept(++numDone[0], counts.length);
                });
        conf.destroy();
        return Arrays.asList(counts);
    }

    private static void requireLines(List<FileSlice> slices, List<SliceNumbers.Counts> counts) {
        for (int i = 0; i < slices.size(); i++) {
            if (counts.get(i).startsArray()) {
                throw new BadInputException(
                        "%s starts with \"[\": it is one JSON array, but rows are JSON lines, one object a line; convert it with: jq -c '.[]' FILE > FILE.jsonl"
                                .formatted(slices.get(i).name()));
            }
        }
    }

    /** The Hadoop settings of the driver, for tasks that read and write files. */
    public static Broadcast<SerializableConfiguration> broadcast(JavaSparkContext spark) {
        return spark.broadcast(new SerializableConfiguration(spark.hadoopConfiguration()));
    }

    /** One partition a slice, in input order, each preferably where the bytes are. */
    public JavaRDD<NumberedSlice> rdd(JavaSparkContext spark) {
        return rdd(spark, slices, NumberedSlice.class);
    }

    private static <T> JavaRDD<T> rdd(JavaSparkContext spark, List<T> slices, Class<T> type) {
        ClassTag<T> tag = ClassTag$.MODULE$.apply(type);
        List<Tuple2<T, Seq<String>>> placed = new ArrayList<>();
        for (T slice : slices) {
            placed.add(new Tuple2<>(slice, scala(hosts(slice))));
        }
        return JavaRDD.fromRDD(spark.sc().makeRDD(scala(placed), tag), tag);
    }

    private static List<String> hosts(Object slice) {
        return slice instanceof NumberedSlice numbered ? numbered.slice().hosts() : ((FileSlice) slice).hosts();
    }

    private static <T> Seq<T> scala(List<T> list) {
        return CollectionConverters.asScala(list).toSeq();
    }

    /** Opens the slice that is a partition. */
    public static RowReader read(Iterator<NumberedSlice> partition, int maxRowBytes, Configuration conf)
            throws IOException {
        NumberedSlice numbered = partition.next();
        return RowReader.open(numbered.slice(), numbered.numbers(), maxRowBytes, conf);
    }

    /** Number of rows, at least 1. */
    public long numRows() {
        return numRows;
    }

    /** The files in the order in which their rows are numbered, as messages show them. */
    public List<String> fileNames() {
        return files.stream().map(file -> InputFiles.display(file.getPath())).toList();
    }
}
