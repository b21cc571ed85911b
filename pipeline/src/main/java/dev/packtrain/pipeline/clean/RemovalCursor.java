package dev.packtrain.pipeline.clean;

import java.util.Iterator;
import scala.Tuple2;

/** Walks along the removals of a group while the group's rows are read, both by rising row number. */
public final class RemovalCursor {
    private final Iterator<Tuple2<Long, Removal>> removals;
    private Tuple2<Long, Removal> next;

    /** From the partition of {@link Removals#byGroup} that belongs to the group. */
    public RemovalCursor(Iterator<Tuple2<Long, Removal>> removals) {
        this.removals = removals;
        advance();
    }

    private void advance() {
        next = removals.hasNext() ? removals.next() : null;
    }

    /** Why this row goes, or null if it stays. Rows are asked for by rising number. */
    public Removal of(long row) {
        while (next != null && next._1() < row) {
            advance();
        }
        return next != null && next._1() == row ? next._2() : null;
    }
}
