package dev.packtrain.training.collectives;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** The last calls of one rank in one group, and the one that runs now. Written by the group, read by the watch. */
final class CollectiveLog {
    // A rank can be a few calls ahead of another: the root of a broadcast does not wait for the others.
    private static final int KEPT = 4;

    private final String group;
    private final List<Integer> ranks;
    private final Runnable interrupt;
    private final Deque<CollectiveCall> last = new ArrayDeque<>();
    private Running running;

    /**
     * Empty.
     *
     * @param group its name
     * @param ranks of the world
     * @param interrupt ends the waits of a running call that has failed, soon
     */
    CollectiveLog(String group, List<Integer> ranks, Runnable interrupt) {
        this.group = group;
        this.ranks = List.copyOf(ranks);
        this.interrupt = interrupt;
    }

    String group() {
        return group;
    }

    List<Integer> ranks() {
        return ranks;
    }

    /** The same for all ranks of the group, and for no other group. */
    String key() {
        return group + ranks;
    }

    synchronized Running begin(CollectiveCall call) {
        running = new Running(call);
        last.addLast(call);
        if (last.size() > KEPT) {
            last.removeFirst();
        }
        return running;
    }

    synchronized void end() {
        running = null;
    }

    synchronized Optional<Running> running() {
        return Optional.ofNullable(running);
    }

    /** Oldest first. */
    synchronized List<CollectiveCall> last() {
        return List.copyOf(last);
    }

    /** Lets a running call fail with a sentence, if it has not failed yet. */
    void fail(Running call, String sentence) {
        call.fail(sentence);
        interrupt.run();
    }
}
