package dev.packtrain.pipeline.clean;

import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/** The rows that cleaning takes out, kept on the executors' disks until they are closed. */
public final class Removals implements AutoCloseable {
    private final JavaPairRDD<Long, Removal> rows;
    private final CleaningReport report;
    private final Broadcast<HashTable> heldOut;

    /**
     * Keeps removals.
     *
     * @param rows null if there are none
     * @param heldOut what the rows need if an executor is lost and they are worked out again; may be null
     */
    Removals(JavaPairRDD<Long, Removal> rows, CleaningReport report, Broadcast<HashTable> heldOut) {
        this.rows = rows;
        this.report = report;
        this.heldOut = heldOut;
    }

    /** No removals: nothing was looked at. */
    public static Removals none() {
        return new Removals(null, CleaningReport.NONE, null);
    }

    /** Whether nothing goes. */
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
