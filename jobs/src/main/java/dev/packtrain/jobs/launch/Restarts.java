package dev.packtrain.jobs.launch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.launch.TrainerEvent;
import dev.packtrain.training.options.TrainingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A training that goes on by itself when it loses a rank: the driver launches the stage again, from the last complete
 * checkpoint, with as many ranks as before. Spark does not retry a barrier stage that ends in results.
 *
 * <p>A user's mistake and a training that was cancelled are never started again.
 */
public final class Restarts {
    private static final Logger LOG = LoggerFactory.getLogger(Restarts.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_PAUSE_SECONDS = 60;
    private static final String NETWORK_TIMEOUT = "spark.network.timeout";
    private static final String SPARKS_NETWORK_TIMEOUT = "120s";

    private final SparkContext spark;
    private final StageResources resources;
    private final TrainingListener listener;
    private final int maxRestarts;

    /**
     * A policy.
     *
     * @param maxRestarts {@code max_restarts}: attempts after the first
     */
    public Restarts(SparkContext spark, StageResources resources, TrainingListener listener, int maxRestarts) {
        this.spark = spark;
        this.resources = resources;
        this.listener = listener;
        this.maxRestarts = maxRestarts;
    }

    /**
     * Trains. Blocks until every rank is done.
     *
     * @return rank 0's final event
     * @throws BadInputException if the cluster cannot run the stage, or the ranks refuse what they were given
     * @throws TrainingFailedException the last failure, once no restart is left
     */
    public TrainerEvent.Finished train(RankPlan plan) throws IOException {
        TrainingOptions options = options(plan);
        RestartPoint point =
                new RestartPoint(options.saving(), Path.of(plan.paths().outputDir()));
        TrainingListener watching = (rank, event) -> {
            if (rank == 0 && event instanceof TrainerEvent.Started) {
                point.started();
            }
            listener.onEvent(rank, event);
        };
        RankPlan attempt = plan;
        TrainingFailedException last = null;
        for (int restarts = 0; ; restarts++) {
            try (StageTasks tasks = new StageTasks(spark)) {
                try {
                    return BarrierTraining.run(spark, attempt, resources, watching, tasks);
                } catch (NoRoomException noRoom) {
                    // An executor that does not come back is no mistake of the user's, as it would be at the start.
                    throw last == null
                            ? noRoom.asBadInput()
                            : last.with("; it could not start again, because " + noRoom.getMessage());
                } catch (TrainingFailedException failed) {
                    requireRestart(failed, restarts);
                    tell(failed, restarts, point);
                    pause(failed, restarts, tasks);
                    attempt = plan.withOptions(json(options.withSaving(point.next())));
                    last = failed;
                }
            }
        }
    }

    private void requireRestart(TrainingFailedException failed, int restarts) {
        if (maxRestarts == 0 || failed.ending() == TrainingFailedException.Ending.CANCELLED || spark.isStopped()) {
            throw failed;
        }
        if (restarts == maxRestarts) {
            throw failed.with("; that was after %d restart%s, all that max_restarts allows"
                    .formatted(restarts, restarts == 1 ? "" : "s"));
        }
    }

    private void tell(TrainingFailedException failed, int restarts, RestartPoint point) throws IOException {
        String line = "Restart %d of %d %s in %d s: %s."
                .formatted(restarts + 1, maxRestarts, point.words(), pauseSeconds(restarts), failed.what());
        LOG.warn(line, failed);
        listener.onEvent(0, new TrainerEvent.Notice(line));
    }

    /** Doubles with every restart: what took a rank away may take a while to pass. */
    private static int pauseSeconds(int restarts) {
        return (int) Math.min(MOST_PAUSE_SECONDS, 1L << Math.min(restarts, Integer.SIZE - 2));
    }

    /**
     * Spark counts the slots of a host that has fallen silent until it gives its executor up, and would start ranks there. So
     * the lost rank's task has to end first, in Spark's eyes.
     */
    private void pause(TrainingFailedException failed, int restarts, StageTasks tasks) {
        try {
            TimeUnit.SECONDS.sleep(pauseSeconds(restarts));
            if (tasks.awaitEnd(0) > 0) {
                long seconds = 2 * spark.conf().getTimeAsSeconds(NETWORK_TIMEOUT, SPARKS_NETWORK_TIMEOUT);
                listener.onEvent(
                        0,
                        new TrainerEvent.Notice(
                                "The restart waits until Spark gives up the executor that does not answer, up to %d s (twice %s)."
                                        .formatted(seconds, NETWORK_TIMEOUT)));
                int left = tasks.awaitEnd(seconds);
                if (left > 0) {
                    LOG.warn("{} tasks have not ended after {} s; training starts again beside them", left, seconds);
                }
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw failed;
        }
    }

    private static TrainingOptions options(RankPlan plan) {
        try {
            return JSON.readValue(plan.optionsJson(), TrainingOptions.class);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String json(TrainingOptions options) {
        try {
            return JSON.writeValueAsString(options);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
