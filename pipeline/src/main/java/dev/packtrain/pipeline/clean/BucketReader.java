package dev.packtrain.pipeline.clean;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * Reads buckets of rows that may be alike, sorted by key and row, and gives the pairs that are: the later row, the earlier
 * one, their similarity.
 *
 * <p>A row is compared with the leaders of its bucket: rows that were near no earlier leader. There are at most
 * {@link #MAX_LEADERS} at a time; a new one takes the place of the oldest. So a bucket of n rows takes at most n times
 * that many comparisons, one for each row if all are nearly equal, and the memory of the leaders.
 */
final class BucketReader implements Iterator<Row> {
    /** Leaders of a bucket at a time. */
    static final int MAX_LEADERS = 64;

    private final Iterator<Row> members;
    private final double threshold;
    private final Deque<Leader> leaders = new ArrayDeque<>();
    private long key;
    private Row next;

    private record Leader(long row, int[] shingles) {}

    /** For members with key, row and shingles. */
    BucketReader(Iterator<Row> members, double threshold) {
        this.members = members;
        this.threshold = threshold;
        this.next = read();
    }

    @Override
    public boolean hasNext() {
        return next != null;
    }

    @Override
    public Row next() {
        if (next == null) {
            throw new NoSuchElementException("the partition has no more pairs");
        }
        Row pair = next;
        next = read();
        return pair;
    }

    private Row read() {
        while (members.hasNext()) {
            Row member = members.next();
            if (member.getLong(0) != key) {
                leaders.clear();
                key = member.getLong(0);
            }
            Row pair = compare(member.getLong(1), Shingles.fromBytes(member.getAs(2)));
            if (pair != null) {
                return pair;
            }
        }
        return null;
    }

    private Row compare(long row, int[] shingles) {
        for (Leader leader : leaders) {
            double similarity = Shingles.jaccard(leader.shingles(), shingles);
            if (similarity >= threshold) {
                return RowFactory.create(row, leader.row(), similarity);
            }
        }
        if (leaders.size() == MAX_LEADERS) {
            leaders.removeFirst();
        }
        leaders.addLast(new Leader(row, shingles));
        return null;
    }
}
