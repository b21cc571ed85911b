package dev.packtrain.training.shard;

import dev.packtrain.training.collectives.Pending;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Collectives on gradients that run while the backward pass goes on, and what is to be done when they are through. First
 * in, first out, so every rank does the same in the same order.
 */
final class ReductionQueue {
    private final Deque<Entry> entries = new ArrayDeque<>();

    private record Entry(Pending pending, Runnable then) {}

    /**
     * Adds a collective that was started.
     *
     * @param then may add another one
     */
    void add(Pending pending, Runnable then) {
        entries.add(new Entry(pending, then));
    }

    /** How many are under way. */
    int size() {
        return entries.size();
    }

    /** Waits for the oldest until no more than {@code most} are under way. */
    void drainTo(int most) {
        while (entries.size() > most) {
            Entry entry = entries.remove();
            entry.pending().await();
            entry.then().run();
        }
    }

    /** Waits for those that were there when this was called. */
    void drainOlder() {
        for (int n = entries.size(); n > 0; n--) {
            Entry entry = entries.remove();
            entry.pending().await();
            entry.then().run();
        }
    }

    /** Forgets them all, without waiting; what they hold stays taken. */
    void abandon() {
        entries.clear();
    }

    /** Waits for all, and for what they add. */
    void drain() {
        drainTo(0);
    }
}
