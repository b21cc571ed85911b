package dev.packtrain.pipeline.source;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.SourceOptions;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.BiConsumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;

/** CSV files with headers. A task reads a whole file, because where a record starts only its beginning can tell. */
final class CsvFiles implements RowInput {
    private final List<FileStatus> files;
    private final SplitOrder order;
    private final int maxRowBytes;

    private CsvFiles(List<FileStatus> files, SplitOrder order, int maxRowBytes) {
        this.files = files;
        this.order = order;
        this.maxRowBytes = maxRowBytes;
    }

    /** A file, and the number of its first row. */
    private record NumberedFile(String uri, long firstRow) implements Serializable {}

    /** What was counted of a file, or why it cannot be read. */
    private record Counted(SplitCounts counts, String refusal) implements Serializable {}

    static CsvFiles open(
            JavaSparkContext spark,
            List<FileStatus> files,
            SourceOptions options,
            BiConsumer<Integer, Integer> progress) {
        int maxRowBytes = options.maxRowBytes();
        List<NumberedFile> unnumbered = files.stream()
                .map(file -> new NumberedFile(file.getPath().toString(), 0))
                .toList();
        Broadcast<SerializableConfiguration> conf = RowInput.broadcast(spark);
        List<Counted> counted = new ArrayList<>();
        progress.accept(0, files.size());
        PartitionJob.run(
                spark.parallelize(unnumbered, files.size()).rdd(),
                file -> count(file.next().uri(), maxRowBytes, conf.value().value()),
                (partition, result) -> {
                    counted.add(result);
                    progress.accept(counted.size(), files.size());
                });
        conf.destroy();
        for (Counted file : counted) {
            if (file.refusal() != null) {
                throw new BadInputException(file.refusal());
            }
        }
        SplitOrder order = new SplitOrder(counted.stream().map(Counted::counts).toList());
        return new CsvFiles(files, order, maxRowBytes);
    }

    private static Counted count(String uri, int maxRowBytes, Configuration conf) throws IOException {
        SplitCounts.Counter counter = new SplitCounts.Counter();
        try (CsvRows rows = CsvRows.open(uri, maxRowBytes, 0, conf)) {
            for (RowReader.Row row = rows.read(); row != null; row = rows.read()) {
                counter.add(row.length());
            }
        } catch (BadInputException refused) {
            // To be said on the driver, without Spark's four attempts.
            return new Counted(null, refused.getMessage());
        }
        return new Counted(counter.of(uri, 0), null);
    }

    @Override
    public long numRows() {
        return order.numRows();
    }

    @Override
    public List<String> fileNames() {
        return files.stream().map(file -> InputFiles.display(file.getPath())).toList();
    }

    @Override
    public JavaRDD<RowReader.Row> rows(JavaSparkContext spark) {
        // Never destroyed: whoever has the rows may read them again. Spark drops it with the last reference.
        Broadcast<SerializableConfiguration> conf = RowInput.broadcast(spark);
        int maxBytes = maxRowBytes;
        List<NumberedFile> numbered = order.numbered().stream()
                .map(file -> new NumberedFile(file.split().file(), file.firstRow()))
                .toList();
        return spark.parallelize(numbered, numbered.size())
                .mapPartitions(
                        file -> iterator(file.next(), maxBytes, conf.value().value()));
    }

    @Override
    public JavaRDD<RowReader.Row> groups(JavaSparkContext spark, GroupBounds bounds) {
        return ShuffledGroups.of(rows(spark), groupStarts(bounds));
    }

    @Override
    public long[] groupStarts(GroupBounds bounds) {
        return order.groups(bounds);
    }

    private static Iterator<RowReader.Row> iterator(NumberedFile file, int maxRowBytes, Configuration conf)
            throws IOException {
        CsvRows rows = CsvRows.open(file.uri(), maxRowBytes, file.firstRow(), conf);
        TaskContext.get().addTaskCompletionListener((TaskCompletionListener) context -> {
            try {
                rows.close();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        });
        return new Iterator<>() {
            private RowReader.Row next = read();

            private RowReader.Row read() {
                try {
                    return rows.read();
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            }

            @Override
            public boolean hasNext() {
                return next != null;
            }

            @Override
            public RowReader.Row next() {
                if (next == null) {
                    throw new NoSuchElementException("the file has no more rows");
                }
                RowReader.Row row = next;
                next = read();
                return row;
            }
        };
    }
}
