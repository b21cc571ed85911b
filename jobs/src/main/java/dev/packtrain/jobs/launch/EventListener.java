package dev.packtrain.jobs.launch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.training.launch.TrainerEvent;
import java.util.HashMap;
import java.util.Map;
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
            listener.onEvent(event.rank(), parse(event.json()));
        }
    }

    static TrainerEvent parse(String json) {
        try {
            return JSON.readValue(json, TrainerEvent.class);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("no event: " + json, impossible);
        }
    }
}
