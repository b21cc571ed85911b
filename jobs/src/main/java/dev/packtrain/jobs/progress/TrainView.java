package dev.packtrain.jobs.progress;

import dev.packtrain.jobs.TrainResult;
import dev.packtrain.jobs.launch.TrainingListener;
import dev.packtrain.training.launch.TrainerEvent;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows training: a bar with loss and speed on a terminal, else a line now and then. */
public final class TrainView implements TrainingListener, AutoCloseable {
    private static final long LINE_EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int REFRESH_MILLIS = 250;

    private final Screen screen;
    private ProgressBar bar;
    private int totalSteps;
    private long lastLine;
    private long startNanos;

    /** On a screen. */
    public TrainView(Screen screen) {
        this.screen = screen;
    }

    @Override
    public synchronized void onEvent(int rank, TrainerEvent event) {
        if (event instanceof TrainerEvent.Started started && rank == 0) {
            start(started);
        } else if (event instanceof TrainerEvent.Step step && rank == 0) {
            step(step);
        } else if (event instanceof TrainerEvent.Evaluation evaluation && rank == 0) {
            evaluation(evaluation);
        } else if (event instanceof TrainerEvent.Notice notice) {
            interrupt("  " + notice.message());
        }
    }

    private void start(TrainerEvent.Started started) {
        // A run that starts again has a bar still.
        close();
        totalSteps = started.totalSteps();
        screen.line("  %s", started.description());
        screen.line(
                "  %,d parameters, %d steps%s",
                started.numParameters(),
                totalSteps,
                started.startStep() == 0 ? "" : ", continuing after step " + started.startStep());
        startNanos = System.nanoTime();
        openBar(started.startStep());
        lastLine = System.nanoTime();
    }

    private void openBar(int fromStep) {
        if (screen.terminal()) {
            bar = new ProgressBarBuilder()
                    .setTaskName("  training")
                    .setInitialMax(totalSteps)
                    .startsFrom(fromStep, Duration.ofNanos(System.nanoTime() - startNanos))
                    .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                    .setUpdateIntervalMillis(REFRESH_MILLIS)
                    .build();
        }
    }

    private void step(TrainerEvent.Step step) {
        String figures = figures(step.metrics());
        if (bar != null) {
            bar.stepTo(step.step());
            if (!figures.isEmpty()) {
                bar.setExtraMessage(figures);
            }
            return;
        }
        boolean due = System.nanoTime() - lastLine >= LINE_EVERY_NANOS;
        if ((due || step.step() == totalSteps) && !figures.isEmpty()) {
            lastLine = System.nanoTime();
            screen.line("  step %d/%d  %s", step.step(), totalSteps, figures);
        }
    }

    private void evaluation(TrainerEvent.Evaluation evaluation) {
        if (!evaluation.metrics().isEmpty()) {
            interrupt("  step %d/%d  %s".formatted(evaluation.step(), totalSteps, evaluated(evaluation.metrics())));
        } else if (bar != null) {
            bar.setExtraMessage("evaluating, pack %d of %d".formatted(evaluation.done(), evaluation.total()));
        }
    }

    static String evaluated(Map<String, Double> metrics) {
        return String.format(
                Locale.ROOT,
                "eval_loss %.4f, perplexity %.2f on %,.0f label tokens in %.1f s",
                metrics.get("eval_loss"),
                metrics.get("eval_ppl"),
                metrics.get("eval_label_tokens"),
                metrics.get("eval_runtime"));
    }

    static String figures(Map<String, Double> metrics) {
        if (metrics == null || !metrics.containsKey("loss")) {
            return "";
        }
        String loss = String.format(Locale.ROOT, "loss %.3f", metrics.get("loss"));
        Double speed = metrics.get("label_tokens_per_second");
        return speed == null ? loss : loss + String.format(Locale.ROOT, "  %,.0f label tokens/s", speed);
    }

    /** Other lines cannot share the bar's place: it ends above the line and goes on below it. */
    private void interrupt(String line) {
        if (bar == null) {
            screen.line("%s", line);
            return;
        }
        int step = (int) bar.getCurrent();
        close();
        screen.line("%s", line);
        if (step < totalSteps) {
            openBar(step);
        }
    }

    /** Ends the bar; what training achieved. */
    public void summary(TrainResult result) {
        close();
        screen.line(
                "  loss       %.3f nats a label token at the end; a unigram model of the targets has %.3f",
                result.finalLoss(), result.targetUnigramLoss());
        if (result.summary().containsKey("eval_loss")) {
            screen.line("  held out   %s", evaluated(result.summary()));
        }
        screen.line("  metrics    %s", result.modelDir().resolve("metrics.jsonl"));
        screen.line("  model      %s", result.modelDir());
    }

    @Override
    public synchronized void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
