package dev.packtrain.jobs.launch;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.util.AccumulatorV2;

/**
 * Carries a task's newest events to the driver with every heartbeat: the only channel that Spark gives a running task.
 *
 * <p>A heartbeat may be lost or come twice, hence a window of numbered events. The state is one immutable list, because a
 * heartbeat serialises it while the task adds to it.
 */
public final class EventAccumulator extends AccumulatorV2<RankEvent, EventAccumulator.Window> {
    /** Events that a heartbeat carries; more in one interval than this, and the oldest are not shown live. */
    static final int WINDOW = 256;

    private volatile Window window = new Window(List.of());
    private transient long sequence;

    /**
     * The newest events of one rank.
     *
     * @param events in the order in which they were sent
     */
    public record Window(List<RankEvent> events) implements java.io.Serializable {
        public Window {
            events = List.copyOf(events);
        }

        /** Short, because Spark's UI shows it. */
        @Override
        public String toString() {
            return events.isEmpty() ? "" : events.get(events.size() - 1).json();
        }
    }

    /** The number of the next event of this task. Only the task's own thread calls this. */
    long nextSequence() {
        return sequence++;
    }

    @Override
    public boolean isZero() {
        return window.events().isEmpty();
    }

    @Override
    public AccumulatorV2<RankEvent, Window> copy() {
        EventAccumulator copy = new EventAccumulator();
        copy.window = window;
        return copy;
    }

    @Override
    public void reset() {
        window = new Window(List.of());
    }

    @Override
    public void add(RankEvent event) {
        List<RankEvent> events = new ArrayList<>(window.events());
        events.add(event);
        window = new Window(events.subList(Math.max(0, events.size() - WINDOW), events.size()));
    }

    /** On the driver, where the tasks' windows meet at the end: keeps both, for the listener reads each on its own. */
    @Override
    public void merge(AccumulatorV2<RankEvent, Window> other) {
        List<RankEvent> events = new ArrayList<>(window.events());
        events.addAll(other.value().events());
        window = new Window(events);
    }

    @Override
    public Window value() {
        return window;
    }
}
