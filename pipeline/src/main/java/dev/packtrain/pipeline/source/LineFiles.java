package dev.packtrain.pipeline.source;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.DatasetFormat;
import dev.packtrain.pipeline.SourceOptions;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
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

/** Files of lines, of which those that are not compressed can be read from any place. */
public final class LineFiles implements RowInput {
    private static final int MIN_MARK_BYTES = 256 << 10;
    private static final int MAX_MARK_BYTES = 1 << 30;
    private static final long MAX_MARKS = 8 << 20;

    private final List<String> names;
    private final List<NumberedSlice> slices;
    private final List<SliceCounts> counts;
    private final long numRows;
    private final int maxRowBytes;
    private final int markBytes;

    private LineFiles(
            List<String> names, List<FileSlice> slices, List<SliceCounts> counts, int maxRowBytes, int markBytes) {
        this.names = names;
        this.slices = number(slices, counts);
        this.counts = counts;
        this.numRows = counts.stream().mapToLong(SliceCounts::rows).sum();
        this.maxRowBytes = maxRowBytes;
        this.markBytes = markBytes;
    }

    /** A slice with the numbers of its first line; one partition of {@link #rows}. */
    record NumberedSlice(FileSlice slice, SliceNumbers numbers) implements Serializable {}

    static LineFiles open(
            JavaSparkContext spark,
            List<FileStatus> files,
            SourceOptions options,
            BiConsumer<Integer, Integer> progress)
            throws IOException {
        Configuration conf = spark.hadoopConfiguration();
        int parallelism = Math.max(2 * spark.defaultParallelism(), spark.defaultMinPartitions());
        List<FileSlice> slices = FileSlice.cut(files, parallelism, conf);
        List<String> names =
                files.stream().map(file -> InputFiles.display(file.getPath())).toList();
        long totalBytes = files.stream().mapToLong(FileStatus::getLen).sum();
        LineFiles input = of(spark, names, slices, options.maxRowBytes(), markBytes(totalBytes), progress);
        if (options.format() != DatasetFormat.TEXT) {
            input.requireNoArray();
        }
        if (input.numRows == 0) {
            throw new BadInputException("%s has no rows: %d file(s) with %d bytes; give JSON lines, one object a line"
                    .formatted(options.path(), files.size(), totalBytes));
        }
        return input;
    }

    /**
     * Distance of the marks from which a file can be read, see {@link SliceCounts}: 256 KiB, and more where the driver would
     * have to hold too many of them (from 2 TiB on). It depends on nothing but the bytes of the input.
     */
    static int markBytes(long totalBytes) {
        int bytes = MIN_MARK_BYTES;
        while (totalBytes / bytes > MAX_MARKS && bytes < MAX_MARK_BYTES) {
            bytes *= 2;
        }
        return bytes;
    }

    /** Counts the rows of these slices. */
    static LineFiles of(
            JavaSparkContext spark,
            List<String> names,
            List<FileSlice> slices,
            int maxRowBytes,
            int markBytes,
            BiConsumer<Integer, Integer> progress) {
        List<SliceCounts> counts = count(spark, slices, maxRowBytes, markBytes, progress);
        return new LineFiles(names, slices, counts, maxRowBytes, markBytes);
    }

    private void requireNoArray() {
        for (int i = 0; i < slices.size(); i++) {
            String name = slices.get(i).slice().name();
            if (counts.get(i).startsArray() && FileKind.of(name) != FileKind.TEXT) {
                throw new BadInputException(
                        "%s starts with \"[\": it is one JSON array, but rows are JSON lines, one object a line; convert it with: jq -c '.[]' FILE > FILE.jsonl"
                                .formatted(name));
            }
        }
    }

    private static List<SliceCounts> count(
            JavaSparkContext spark,
            List<FileSlice> slices,
            int maxRowBytes,
            int markBytes,
            BiConsumer<Integer, Integer> progress) {
        if (slices.isEmpty()) {
            return List.of();
        }
        Broadcast<SerializableConfiguration> conf = RowInput.broadcast(spark);
        SliceCounts[] counts = new SliceCounts[slices.size()];
        int[] numDone = {0};
        progress.accept(0, counts.length);
        PartitionJob.run(
                rdd(spark, slices, FileSlice.class, FileSlice::hosts).rdd(),
                partition -> SliceCounts.of(
                        partition.next(), maxRowBytes, markBytes, conf.value().value()),
                (partition, result) -> {
                    counts[partition] = result;
                    progress.accept(++numDone[0], counts.length);
                });
        conf.destroy();
        return List.of(counts);
    }

    private static List<NumberedSlice> number(List<FileSlice> slices, List<SliceCounts> counts) {
        List<NumberedSlice> numbered = new ArrayList<>(slices.size());
        SliceNumbers numbers = new SliceNumbers(0, 1);
        for (int i = 0; i < slices.size(); i++) {
            if (slices.get(i).start() == 0) {
                numbers = numbers.ofNextFile();
            }
            numbered.add(new NumberedSlice(slices.get(i), numbers));
            numbers = numbers.plus(counts.get(i));
        }
        return numbered;
    }

    private static <T> JavaRDD<T> rdd(
            JavaSparkContext spark, List<T> elements, Class<T> type, Function<T, List<String>> hosts) {
        ClassTag<T> tag = ClassTag$.MODULE$.apply(type);
        List<Tuple2<T, Seq<String>>> placed = new ArrayList<>(elements.size());
        for (T element : elements) {
            placed.add(new Tuple2<>(element, scala(hosts.apply(element))));
        }
        return JavaRDD.fromRDD(spark.sc().makeRDD(scala(placed), tag), tag);
    }

    private static <T> Seq<T> scala(List<T> list) {
        return CollectionConverters.asScala(list).toSeq();
    }

    @Override
    public long numRows() {
        return numRows;
    }

    @Override
    public List<String> fileNames() {
        return names;
    }

    /** One partition a slice, in input order, each preferably where the bytes are. */
    @Override
    public JavaRDD<RowReader.Row> rows(JavaSparkContext spark) {
        // Never destroyed: whoever has the rows may read them again. Spark drops it with the last reference.
        Broadcast<SerializableConfiguration> conf = RowInput.broadcast(spark);
        int maxBytes = maxRowBytes;
        return rdd(spark, slices, NumberedSlice.class, slice -> slice.slice().hosts())
                .mapPartitions(slice ->
                        GroupReader.ofSlice(slice.next(), maxBytes, conf.value().value()));
    }

    @Override
    public JavaRDD<RowReader.Row> groups(JavaSparkContext spark, GroupBounds bounds) {
        List<FileSlice> files = new ArrayList<>();
        boolean seekable = true;
        for (int i = 0; i < slices.size(); i++) {
            FileSlice slice = slices.get(i).slice();
            seekable &= slice.end() < Long.MAX_VALUE;
            if (slice.start() == 0) {
                files.add(slice);
            } else {
                files.set(files.size() - 1, files.get(files.size() - 1).until(slice.end()));
            }
        }
        if (!seekable) {
            return ShuffledGroups.of(rows(spark), groupStarts(bounds));
        }
        List<GroupPlan.Start> starts = starts(bounds);
        Broadcast<SerializableConfiguration> conf = RowInput.broadcast(spark);
        Broadcast<List<FileSlice>> read = spark.broadcast(files);
        int maxBytes = maxRowBytes;
        return rdd(spark, groups(starts), RowGroup.class, group -> slices.get(
                                group.start().mark().slice())
                        .slice()
                        .hosts())
                .mapPartitions(group -> GroupReader.of(
                                group.next(),
                                read.value(),
                                maxBytes,
                                conf.value().value())
                        .closedByTask());
    }

    private List<GroupPlan.Start> starts(GroupBounds bounds) {
        GroupPlan plan = new GroupPlan(bounds, markBytes);
        for (int i = 0; i < slices.size(); i++) {
            plan.add(slices.get(i).slice(), counts.get(i));
        }
        return plan.finish();
    }

    @Override
    public long[] groupStarts(GroupBounds bounds) {
        return starts(bounds).stream().mapToLong(GroupPlan.Start::firstRow).toArray();
    }

    private List<RowGroup> groups(List<GroupPlan.Start> starts) {
        List<RowGroup> groups = new ArrayList<>(starts.size());
        for (int i = 0; i < starts.size(); i++) {
            long end = i + 1 < starts.size() ? starts.get(i + 1).firstRow() : numRows;
            groups.add(new RowGroup(starts.get(i), end));
        }
        return groups;
    }

    /** A group of consecutive rows, up to but without {@code endRow}. */
    record RowGroup(GroupPlan.Start start, long endRow) implements Serializable {}
}
