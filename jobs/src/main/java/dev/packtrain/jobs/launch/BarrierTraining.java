package dev.packtrain.jobs.launch;

import dev.packtrain.jobs.launch.TrainingFailedException.Ending;
import dev.packtrain.jobs.session.ClusterEnd;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.launch.TrainerEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.reflect.ClassTag$;

/** On the driver: runs the barrier stage and turns its end, good or bad, into what a person can use. */
public final class BarrierTraining {
    /** What Spark's barrier coordinator says of tasks that waited for others in vain. */
    private static final Pattern NOT_ALL_CAME =
            Pattern.compile("didn't get all barrier sync requests .* within (\\d+) second");

    private static final Logger LOG = LoggerFactory.getLogger(BarrierTraining.class);
    private static final long LISTENER_MILLIS = 10_000;

    private BarrierTraining() {}

    /**
     * Checks the settings that {@link #run} would refuse, for a job with work to do before it trains.
     *
     * @throws BadInputException with the setting to change
     */
    public static void checkSettings(SparkContext spark) {
        Preflight.checkConf(spark.conf());
    }

    /**
     * Trains. Blocks until every rank is done.
     *
     * @return rank 0's final event
     * @throws BadInputException if the cluster cannot run the stage, or the ranks refuse what they were given
     * @throws TrainingFailedException if a rank failed or was lost, or the calling thread was interrupted; no rank is left then
     */
    public static TrainerEvent.Finished run(
            SparkContext spark, RankPlan plan, StageResources resources, TrainingListener listener) {
        try (StageTasks tasks = new StageTasks(spark)) {
            return run(spark, plan, resources, listener, tasks);
        } catch (NoRoomException noRoom) {
            throw noRoom.asBadInput();
        }
    }

    /**
     * Trains, as above, for a caller that looks at the tasks afterwards.
     *
     * @throws NoRoomException if the cluster cannot run as many tasks at once, or no longer can before they begin
     */
    static TrainerEvent.Finished run(
            SparkContext spark, RankPlan plan, StageResources resources, TrainingListener listener, StageTasks tasks)
            throws NoRoomException {
        Preflight.check(spark, resources, plan.worldSize(), plan.deadlines().timeoutSeconds());
        EventAccumulator events = new EventAccumulator();
        spark.register(events, "packtrain.events");
        EventListener eventListener = new EventListener(events.id(), listener);
        spark.addSparkListener(eventListener);
        tasks.mark();
        try {
            JavaFutureAction<List<String>> stage =
                    stage(spark, new RankTask(plan, events), resources, plan.worldSize());
            SlotWatch watch = new SlotWatch(spark, resources, plan.worldSize(), listener);
            return (TrainerEvent.Finished)
                    EventListener.parse(watch.await(stage, tasks).get(0));
        } catch (InterruptedException interrupted) {
            // As a notebook does with a cell: Spark itself would go on with the stage.
            tasks.cancel();
            awaitTasks(tasks, plan.deadlines());
            throw failed("training was interrupted", Ending.CANCELLED, plan, List.of(), interrupted);
        } catch (NoRoomException gone) {
            tasks.cancel();
            awaitTasks(tasks, plan.deadlines());
            throw gone;
        } catch (ExecutionException failed) {
            awaitListeners(spark);
            awaitTasks(tasks, plan.deadlines());
            throw explained(failed, plan, eventListener);
        } finally {
            tasks.unmark();
            awaitListeners(spark);
            spark.removeSparkListener(eventListener);
        }
    }

    /** So that the processes are gone when the failure is told. */
    private static void awaitTasks(StageTasks tasks, RankPlan.Deadlines deadlines) {
        try {
            int left = tasks.awaitEnd(deadlines.peerSeconds() + 2 * deadlines.killSeconds());
            if (left > 0) {
                LOG.warn("{} of the other ranks' tasks are still being ended", left);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** So that the last events are shown before the summary. */
    private static void awaitListeners(SparkContext spark) {
        try {
            spark.listenerBus().waitUntilEmpty(LISTENER_MILLIS);
        } catch (TimeoutException busy) {
            LOG.warn("Spark's listeners are {} ms behind; the last steps are not shown", LISTENER_MILLIS, busy);
        }
    }

    private static JavaFutureAction<List<String>> stage(
            SparkContext spark, RankTask task, StageResources resources, int worldSize) {
        List<Integer> ranks = IntStream.range(0, worldSize).boxed().toList();
        RDD<Integer> rdd = resources.of(JavaSparkContext.fromSparkContext(spark)
                .parallelize(ranks, worldSize)
                .rdd());
        spark.setJobDescription("training on %d processes".formatted(worldSize));
        try {
            return rdd.barrier()
                    .mapPartitions(task, false, ClassTag$.MODULE$.<String>apply(String.class))
                    .toJavaRDD()
                    .collectAsync();
        } finally {
            spark.setJobDescription(null);
        }
    }

    private static RuntimeException explained(Exception failed, RankPlan plan, EventListener events) {
        String text = allMessages(failed);
        Optional<RankFailure> found = RankFailure.find(text);
        if (found.isEmpty()) {
            return withoutReport(text, plan, events, failed);
        }
        RankFailure failure = found.get();
        return switch (failure.kind()) {
            case USER -> new BadInputException(failure.sentence(), failed);
            case LOST -> failed(failure.sentence(), Ending.LOST, plan, failure.lastLines(), failed);
            case PEER ->
                failed(
                        failure.sentence().replaceAll("\\.$", "")
                                + events.quietRanks().map(quiet -> "; " + quiet).orElse(""),
                        Ending.LOST,
                        plan,
                        failure.lastLines(),
                        failed);
            case INTERNAL -> failed(failure.sentence(), Ending.FAILED, plan, failure.lastLines(), failed);
        };
    }

    private static TrainingFailedException failed(
            String sentence, Ending ending, RankPlan plan, List<String> lastLines, Exception cause) {
        return new TrainingFailedException(sentence, resume(plan), ending, lastLines, cause);
    }

    /** No rank said why: Spark ended the stage. */
    private static TrainingFailedException withoutReport(
            String text, RankPlan plan, EventListener events, Exception failed) {
        Optional<LostExecutor> executor = LostExecutor.find(text);
        Matcher missed = NOT_ALL_CAME.matcher(text);
        String sentence;
        Ending ending = Ending.FAILED;
        if (executor.isPresent()) {
            ending = Ending.LOST;
            String who = events.describe(executor.get().task());
            sentence = "%s was lost with its executor (%s)%s"
                    .formatted(who, executor.get().reason(), executor.get().remedy());
        } else if (ClusterEnd.isSaid(text)) {
            ending = Ending.LOST;
            sentence = ClusterEnd.what(text) + "; " + ClusterEnd.REMEDY;
        } else if (text.contains("SparkContext was shut down")) {
            sentence = "training was interrupted";
            ending = Ending.CANCELLED;
        } else if (text.contains("SPARK_JOB_CANCELLED")) {
            sentence = "training was cancelled in Spark";
            ending = Ending.CANCELLED;
        } else if (missed.find()) {
            ending = Ending.LOST;
            sentence =
                    "not all of the %d ranks had started %s s after the first of them (ddp_timeout): a process is stopped, or its host hangs or is slow; the last lines of %s/logs/rank-*.log say how far each came"
                            .formatted(
                                    plan.worldSize(),
                                    missed.group(1),
                                    plan.paths().outputDir());
        } else {
            sentence = "the training stage failed: " + firstLine(text);
        }
        return failed(sentence, ending, plan, List.of(), failed);
    }

    /** What to do next, if a checkpoint is there. */
    private static String resume(RankPlan plan) {
        Path output = Path.of(plan.paths().outputDir());
        try (var children = Files.newDirectoryStream(output, "checkpoint-*")) {
            if (children.iterator().hasNext()) {
                return "; run the same command with --resume_from_checkpoint true to continue from the newest checkpoint";
            }
        } catch (java.io.IOException noOutputHere) {
            return "; no checkpoint is visible from the driver in " + output;
        }
        return "; no checkpoint was written yet, so run the same command again (packtrain run: with --resume_from_checkpoint true, for the data is prepared)";
    }

    private static String allMessages(Throwable failed) {
        StringBuilder text = new StringBuilder();
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            text.append(cause).append('\n');
        }
        return text.toString();
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("").strip();
    }
}
