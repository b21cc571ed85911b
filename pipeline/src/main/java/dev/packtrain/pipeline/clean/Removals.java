package dev.packtrain.pipeline.clean;

import dev.packtrain.pipeline.source.MixedInput;
import dev.packtrain.pipeline.source.RowInput;
import dev.packtrain.pipeline.source.SourceMix;
import java.util.Iterator;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/** The rows that cleaning takes out, kept on the executors' disks until they are closed. */
public final class Removals implements AutoCloseable {
    private final JavaPairRDD<Long, Removal> rows;
    private final CleaningReport report;
    private final RowSample sample;
    private final Broadcast<HashTable> heldOut;

    private Removals(
            JavaPairRDD<Long, Removal> rows, CleaningReport report, RowSample sample, Broadcast<HashTable> heldOut) {
        this.rows = rows;
        this.report = report;
        this.sample = sample;
        this.heldOut = heldOut;
    }

    /**
     * Keeps removals.
     *
     * @param rows null if there are none
     * @param heldOut what the rows need if an executor is lost and they are worked out again; may be null
     */
    Removals(JavaPairRDD<Long, Removal> rows, CleaningReport report, Broadcast<HashTable> heldOut) {
        this(rows, report, RowSample.ALL, heldOut);
    }

    /**
     * The same for an input that may be a mix: what happens to the first copy of a row happens to all, and rows that the
     * weights leave out go too. The counts of the report are of first copies.
     */
    Removals ofMix(RowInput input) {
        if (!(input instanceof MixedInput mixed)) {
            return this;
        }
        SourceMix mix = mixed.mix();
        JavaPairRDD<Long, Removal> ofCopies = rows == null ? null : rows.flatMapToPair(row -> copies(row, mix));
        return new Removals(ofCopies, report, RowSample.of(input), heldOut);
    }

    private static Iterator<Tuple2<Long, Removal>> copies(Tuple2<Long, Removal> row, SourceMix mix) {
        SourceMix.Item first = mix.item(row._1());
        return IntStream.range(0, mix.copies(first.source()))
                .mapToObj(copy ->
                        new Tuple2<>(mix.number(new SourceMix.Item(first.source(), first.row(), copy)), row._2()))
                .iterator();
    }

    /** What else goes, for its number alone. */
    public RowSample sample() {
        return sample;
    }

    /** No removals: nothing was looked at. */
    public static Removals none() {
        return new Removals(null, CleaningReport.NONE, null);
    }

    /** Whether no row goes for what it says. */
    public boolean isEmpty() {
        return report.rowsRemoved() == 0;
    }

    /** Every row that goes, once, under its number, in any order; null if nothing was looked at. */
    public JavaPairRDD<Long, Removal> rows() {
        return rows;
    }

    /** The counts. */
    public CleaningReport report() {
        return report;
    }

    /**
     * The rows that go, group by group.
     *
     * @param firstRows number of the first row of every group, rising from 0
     * @return partition g has the rows of group g, by rising number
     */
    public JavaRDD<Tuple2<Long, Removal>> byGroup(long[] firstRows) {
        return rows.repartitionAndSortWithinPartitions(new GroupOfRow(firstRows))
                .mapPartitions(group -> group);
    }

    /** Frees the disks. */
    @Override
    public void close() {
        if (rows != null) {
            rows.unpersist(false);
        }
        if (heldOut != null) {
            heldOut.destroy();
        }
    }
}
