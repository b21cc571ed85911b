package dev.packtrain.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.training.checkpoint.Durable;
import dev.packtrain.training.checkpoint.OutputDirectory;
import dev.packtrain.training.checkpoint.TrainerState;
import dev.packtrain.training.launch.LaunchSpec;
import dev.packtrain.training.launch.TrainerEvent;
import dev.packtrain.training.metrics.EvaluationFigures;
import dev.packtrain.training.metrics.LogWindow;
import dev.packtrain.training.metrics.ProcessMemory;
import dev.packtrain.training.metrics.StepFigures;
import dev.packtrain.training.metrics.TrainingLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** What rank 0 says and writes: events, log files, its part of checkpoints, and what stands beside the model at the end. */
final class RankZeroOutput implements TrainerListener, AutoCloseable {
    private static final double NANOS = 1e9;

    private final LaunchSpec spec;
    private final OutputDirectory output;
    private final PreparedData data;
    private final RankSaving saving;
    private final Consumer<TrainerEvent> events;
    private final TrainingLog log;
    private final long startNanos = System.nanoTime();
    private LogWindow wholeRun = LogWindow.EMPTY;
    private double lastLoss = Double.NaN;
    private Map<String, Double> lastEvaluation = Map.of();

    RankZeroOutput(
            LaunchSpec spec,
            OutputDirectory output,
            PreparedData data,
            RankSaving saving,
            Consumer<TrainerEvent> events,
            int startStep)
            throws IOException {
        this.spec = spec;
        this.output = output;
        this.data = data;
        this.saving = saving;
        this.events = events;
        this.log = new TrainingLog(output.path(), spec.options().logging(), startStep);
    }

    @Override
    public void stepDone(TrainerState state, StepFigures figures) throws IOException, InterruptedException {
        saving.check();
        lastLoss = figures.loss();
        wholeRun = wholeRun.plus(figures);
        LogWindow thisStep = LogWindow.EMPTY.plus(figures);
        events.accept(new TrainerEvent.Step(state.step(), toRecord(thisStep, state, figures)));
    }

    @Override
    public void logDue(TrainerState state, StepFigures figures) {
        append(state, toRecord(state.window(), state, figures));
    }

    private static Map<String, Double> toRecord(LogWindow window, TrainerState state, StepFigures figures) {
        return window.toRecord(state.step(), state.epoch(), figures, ProcessMemory.residentBytes());
    }

    private void append(TrainerState state, Map<String, Double> values) {
        saving.write("a line of the log", () -> log.append(state.step(), values));
    }

    @Override
    public void evaluating(TrainerState state, int done, int total) {
        events.accept(new TrainerEvent.Evaluation(state.step(), done, total, Map.of()));
    }

    @Override
    public void evaluated(TrainerState state, EvaluationFigures figures, int numPacks) {
        lastEvaluation = figures.toMap();
        Map<String, Double> values = figures.toRecord(state.step(), state.epoch());
        append(state, values);
        events.accept(new TrainerEvent.Evaluation(state.step(), numPacks, numPacks, values));
    }

    @Override
    public void checkpointDue(TrainerState state) throws IOException, InterruptedException {
        saving.checkpoint(state);
    }

    /**
     * Makes the model visible in the output directory.
     *
     * @param model see {@link RankSaving#finish}
     */
    Map<String, Double> finish(TrainerState state, Path model) {
        Map<String, Double> summary = summary(state);
        saving.write("the model", () -> {
            Files.writeString(model.resolve("recipe.json"), spec.recipeJson());
            Files.writeString(
                    model.resolve("train_results.json"),
                    new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(summary) + "\n");
            output.publish(Durable.filesBelow(model));
            Files.delete(model);
        });
        return summary;
    }

    private Map<String, Double> summary(TrainerState state) {
        double seconds = (System.nanoTime() - startNanos) / NANOS;
        Map<String, Double> summary = new LinkedHashMap<>();
        summary.put("train_steps", (double) state.step());
        summary.put("epoch", state.epoch());
        summary.put("train_loss", state.lossTotal() / Math.max(1, state.step()));
        summary.put("train_runtime", seconds);
        summary.put("target_unigram_loss", data.manifest().targetUnigramLoss());
        summary.put("peak_rss_bytes", (double) ProcessMemory.peakResidentBytes());
        summary.putAll(saving.figures());
        summary.putAll(lastEvaluation);
        if (wholeRun.steps() > 0) {
            summary.put("final_loss", lastLoss);
            summary.put("train_steps_per_second", wholeRun.steps() / wholeRun.seconds());
            summary.put("label_tokens_per_second", wholeRun.labelTokens() / wholeRun.seconds());
            summary.put("tokens_per_second", wholeRun.tokens() / wholeRun.seconds());
            summary.put("padding_ratio", 1 - (double) wholeRun.tokens() / wholeRun.slots());
        }
        return summary;
    }

    @Override
    public void close() throws IOException {
        log.close();
    }
}
