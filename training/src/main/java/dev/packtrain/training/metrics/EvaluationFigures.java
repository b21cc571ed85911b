package dev.packtrain.training.metrics;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an evaluation found, over all ranks.
 *
 * @param lossSum cross-entropy in nats, summed over label tokens
 * @param labelTokens predictions scored
 * @param samples examples
 * @param seconds wall clock of this rank
 */
public record EvaluationFigures(double lossSum, long labelTokens, long samples, double seconds) {
    /** Key of {@link #loss}, which every record of an evaluation has and no other. */
    public static final String LOSS = "eval_loss";

    /** Mean cross-entropy in nats a label token. */
    public double loss() {
        return lossSum / labelTokens;
    }

    /** The figures by the names that PaddleNLP and Hugging Face give them; perplexity is exp of the loss. */
    public Map<String, Double> toMap() {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put(LOSS, loss());
        values.put("eval_ppl", Math.exp(loss()));
        values.put("eval_runtime", seconds);
        values.put("eval_samples", (double) samples);
        values.put("eval_label_tokens", (double) labelTokens);
        return values;
    }

    /**
     * A record of {@code metrics.jsonl}.
     *
     * @param step training steps done, 1-based
     * @param epoch epochs done
     */
    public Map<String, Double> toRecord(int step, double epoch) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("step", (double) step);
        values.put("epoch", epoch);
        values.putAll(toMap());
        return values;
    }
}
