package dev.packtrain.pipeline.stage;

import dev.packtrain.pipeline.clean.Removal;
import dev.packtrain.pipeline.clean.RemovalCursor;
import dev.packtrain.pipeline.clean.Removals;
import dev.packtrain.pipeline.clean.RowSample;
import dev.packtrain.pipeline.source.GroupBounds;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.source.RowInput;
import dev.packtrain.pipeline.source.RowReader;
import java.util.Iterator;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/**
 * A row, and what cleaning says about it.
 *
 * @param row unchecked
 * @param removal why it goes, or null
 */
record CleanedRow(RowReader.Row row, Removal removal) {
    /** The groups of an input, each beside what cleaning takes out of it. */
    static JavaRDD<CleanedRow> groups(JavaSparkContext spark, RowInput input, GroupBounds bounds, Removals removals) {
        JavaRDD<RowReader.Row> groups = input.groups(spark, bounds);
        RowSample sample = removals.sample();
        return removals.isEmpty()
                ? groups.map(row -> of(row, null, sample))
                : groups.zipPartitions(
                        removals.byGroup(input.groupStarts(bounds)), (rows, gone) -> zip(rows, gone, sample));
    }

    private static CleanedRow of(RowReader.Row row, Removal removal, RowSample sample) {
        return new CleanedRow(
                row,
                removal != null ? removal : sample.check(row.location().index()).orElse(null));
    }

    private static Iterator<CleanedRow> zip(
            Iterator<RowReader.Row> rows, Iterator<Tuple2<Long, Removal>> removals, RowSample sample) {
        RemovalCursor cursor = new RemovalCursor(removals);
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return rows.hasNext();
            }

            @Override
            public CleanedRow next() {
                RowReader.Row row = rows.next();
                return of(row, cursor.of(row.location().index()), sample);
            }
        };
    }

    /** The row, if it stays. */
    RowReader.Row requireKept() throws RejectedRowException {
        if (removal != null) {
            throw new RejectedRowException(removal.reason(), removal.detail());
        }
        return row;
    }
}
