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
        for (int restarts = 0; ; restarts++) {
            try {
                return BarrierTraining.run(spark, attempt, resources, watching);
            } catch (TrainingFailedException failed) {
                requireRestart(failed, restarts);
                pause(failed, restarts);
                requireSlots(failed, plan);
                attempt = plan.withOptions(json(options.withSaving(point.next())));
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

    /** Doubles with every restart: what took a rank away may take a while to pass. */
    private void pause(TrainingFailedException failed, int restarts) {
        int seconds = (int) Math.min(MOST_PAUSE_SECONDS, 1L << Math.min(restarts, Integer.SIZE - 2));
        String line = "Restart %d of %d from the last checkpoint in %d s: %s."
                .formatted(restarts + 1, maxRestarts, seconds, failed.what());
        LOG.warn(line, failed);
        listener.onEvent(0, new TrainerEvent.Notice(line));
        try {
            TimeUnit.SECONDS.sleep(seconds);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw failed;
        }
    }

    /** An executor that does not come back is no mistake of the user's, as it would be at the start. */
    private void requireSlots(TrainingFailedException failed, RankPlan plan) {
        try {
            Preflight.check(spark, resources, plan.worldSize(), plan.deadlines().timeoutSeconds());
        } catch (BadInputException noRoom) {
            throw failed.with("; it could not start again, because " + noRoom.getMessage());
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
