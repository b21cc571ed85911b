package dev.packtrain.jobs.launch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.training.launch.TrainerEvent;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/** On the driver: takes events out of heartbeats and ended tasks, each once, in each rank's order. */
final class EventListener extends SparkListener {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final long accumulatorId;
    private final TrainingListener listener;
    private final Map<Integer, Long> nextSequence = new HashMap<>();
    private final Map<Integer, Integer> rankOfTask = new HashMap<>();
    private final SortedMap<Integer, String> hosts = new TreeMap<>();
    private final Map<Integer, Integer> steps = new HashMap<>();
    private final Set<Integer> complained = new HashSet<>();

    EventListener(long accumulatorId, TrainingListener listener) {
        this.accumulatorId = accumulatorId;
        this.listener = listener;
    }

    @Override
    public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
        CollectionConverters.asJava(update.accumUpdates())
                .forEach(task -> CollectionConverters.asJava(task._4()).forEach(this::take));
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
        CollectionConverters.asJava(end.taskInfo().accumulables()).forEach(this::take);
    }

    private void take(AccumulableInfo info) {
        Option<Object> update = info.update();
        if (info.id() == accumulatorId
                && update.isDefined()
                && update.get() instanceof EventAccumulator.Window window) {
            window.events().forEach(this::deliver);
        }
    }

    private void deliver(RankEvent event) {
        long next = nextSequence.getOrDefault(event.rank(), 0L);
        if (event.sequence() >= next) {
            nextSequence.put(event.rank(), event.sequence() + 1);
            TrainerEvent parsed = parse(event.json());
            note(event, parsed);
            listener.onEvent(event.rank(), parsed);
        }
    }

    private synchronized void note(RankEvent event, TrainerEvent parsed) {
        rankOfTask.put(event.task(), event.rank());
        hosts.put(event.rank(), event.host());
        if (parsed instanceof TrainerEvent.Step step) {
            steps.put(event.rank(), step.step());
        } else if (parsed instanceof TrainerEvent.Failed) {
            complained.add(event.rank());
        }
    }

    /**
     * The rank of a barrier task, such as {@code rank 1 on host 10.0.0.7, at step 14 when last heard of,}; {@code a rank} if
     * it was never heard of.
     */
    synchronized String describe(int task) {
        Integer rank = rankOfTask.get(task);
        return rank == null
                ? "a rank"
                : "rank %d on host %s, at step %d when last heard of,"
                        .formatted(rank, hosts.get(rank), steps.getOrDefault(rank, 0));
    }

    /**
     * The ranks that did not miss anybody, when others did: whoever hangs or is cut off says nothing. Empty if no rank
     * complained, or if all did.
     *
     * @return such as {@code rank 1 on host 10.0.0.7 has said nothing since step 14}
     */
    synchronized Optional<String> quietRanks() {
        if (complained.isEmpty() || complained.containsAll(hosts.keySet())) {
            return Optional.empty();
        }
        return Optional.of(hosts.entrySet().stream()
                .filter(rank -> !complained.contains(rank.getKey()))
                .map(rank -> "rank %d on host %s has said nothing since step %d"
                        .formatted(rank.getKey(), rank.getValue(), steps.getOrDefault(rank.getKey(), 0)))
                .collect(Collectors.joining(", ")));
    }

    static TrainerEvent parse(String json) {
        try {
            return JSON.readValue(json, TrainerEvent.class);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("no event: " + json, impossible);
        }
    }
}
