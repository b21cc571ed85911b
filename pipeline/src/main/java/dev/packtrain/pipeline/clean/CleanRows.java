package dev.packtrain.pipeline.clean;

import dev.packtrain.pipeline.SourceOptions;
import dev.packtrain.pipeline.format.RecordParser;
import dev.packtrain.pipeline.source.MixedInput;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.source.RowInput;
import dev.packtrain.pipeline.source.RowReader;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/** The texts of an input's rows, parsed as they are asked for. Rows that cannot be used are not among them. */
final class CleanRows implements Iterator<Tuple2<Long, CleanRecord>> {
    private final Iterator<RowReader.Row> rows;
    private final RecordParser parser;
    private Tuple2<Long, CleanRecord> next;

    private CleanRows(Iterator<RowReader.Row> rows, SourceOptions options) {
        this.rows = rows;
        this.parser = new RecordParser(options);
        this.next = read();
    }

    /** By row number; a row that a mix repeats is there once, under its first number. */
    static JavaPairRDD<Long, CleanRecord> of(JavaSparkContext spark, RowInput input, SourceOptions options) {
        JavaRDD<RowReader.Row> rows = input instanceof MixedInput mixed ? mixed.firstCopies(spark) : input.rows(spark);
        return rows.mapPartitionsToPair(partition -> new CleanRows(partition, options));
    }

    private Tuple2<Long, CleanRecord> read() {
        while (rows.hasNext()) {
            RowReader.Row row = rows.next();
            try {
                return new Tuple2<>(row.location().index(), CleanRecord.of(parser.parse(row)));
            } catch (RejectedRowException unusable) {
                // Skipped: whoever encodes the row finds the same and puts it aside with this reason.
            }
        }
        return null;
    }

    @Override
    public boolean hasNext() {
        return next != null;
    }

    @Override
    public Tuple2<Long, CleanRecord> next() {
        if (next == null) {
            throw new NoSuchElementException("the partition has no more rows");
        }
        Tuple2<Long, CleanRecord> row = next;
        next = read();
        return row;
    }
}
