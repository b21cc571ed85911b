package dev.packtrain.training.metrics;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The steps since the last log record, added up. As in Hugging Face's trainer, the logged loss is the mean of the steps'
 * losses; {@code grad_norm} and {@code learning_rate} are those of the last step.
 *
 * @param steps steps added
 * @param lossTotal sum of the steps' mean losses
 * @param labelTokens sum
 * @param tokens sum
 * @param slots sum
 * @param seconds sum
 */
public record LogWindow(int steps, double lossTotal, long labelTokens, long tokens, long slots, double seconds) {
    /** No steps. */
    public static final LogWindow EMPTY = new LogWindow(0, 0, 0, 0, 0, 0);

    /** With one more step. */
    public LogWindow plus(StepFigures figures) {
        return new LogWindow(
                steps + 1,
                lossTotal + figures.loss(),
                labelTokens + figures.labelTokens(),
                tokens + figures.tokens(),
                slots + figures.slots(),
                seconds + figures.seconds());
    }

    /**
     * The record of this window, in the order of {@code metrics.jsonl}.
     *
     * @param step steps done, 1-based
     * @param epoch epochs done
     * @param last figures of the last step
     * @param memoryRssBytes of rank 0
     */
    public Map<String, Double> toRecord(int step, double epoch, StepFigures last, long memoryRssBytes) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("step", (double) step);
        values.put("epoch", epoch);
        values.put("loss", lossTotal / steps);
        values.put("learning_rate", last.learningRate());
        values.put("grad_norm", last.gradNorm());
        values.put("label_tokens", (double) labelTokens);
        values.put("label_tokens_per_second", labelTokens / seconds);
        values.put("tokens_per_second", tokens / seconds);
        values.put("padding_ratio", 1 - (double) tokens / slots);
        values.put("step_seconds", seconds / steps);
        values.put("memory_rss_bytes", (double) memoryRssBytes);
        return values;
    }
}
