package dev.packtrain.pipeline.clean;

import java.util.Arrays;
import org.apache.spark.Partitioner;

/** One partition a group of consecutive rows. */
final class GroupOfRow extends Partitioner {
    private final long[] firstRows;

    GroupOfRow(long[] firstRows) {
        this.firstRows = firstRows.clone();
        if (firstRows.length == 0 || firstRows[0] != 0) {
            throw new IllegalArgumentException(
                    "%d groups; wanted one at least, the first from row 0".formatted(firstRows.length));
        }
    }

    @Override
    public int numPartitions() {
        return firstRows.length;
    }

    @Override
    public int getPartition(Object row) {
        int at = Arrays.binarySearch(firstRows, (Long) row);
        return at >= 0 ? at : -at - 2;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GroupOfRow partitioner && Arrays.equals(firstRows, partitioner.firstRows);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(firstRows);
    }
}
