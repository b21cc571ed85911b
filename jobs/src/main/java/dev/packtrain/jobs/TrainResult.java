package dev.packtrain.jobs;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What training left.
 *
 * @param modelDir a Hugging Face model directory, with {@code metrics.jsonl} and the checkpoints
 * @param steps done in all
 * @param summary figures of the whole run, as the trainer's final event gives them
 * @param metrics the lines of {@code metrics.jsonl}
 * @param targetUnigramLoss nats a label token that a unigram model of the targets loses: what training must beat
 */
public record TrainResult(
        Path modelDir,
        int steps,
        Map<String, Double> summary,
        List<Map<String, Double>> metrics,
        double targetUnigramLoss) {
    private static final int LAST = 10;

    public TrainResult {
        summary = Map.copyOf(summary);
        metrics = List.copyOf(metrics);
    }

    /** Mean loss of the last lines with one (10, or as many as there are), in nats a label token; NaN without metrics. */
    public double finalLoss() {
        List<Map<String, Double>> logged =
                metrics.stream().filter(line -> line.containsKey("loss")).toList();
        return logged.stream()
                .skip(Math.max(0, logged.size() - LAST))
                .mapToDouble(line -> line.get("loss"))
                .average()
                .orElse(Double.NaN);
    }
}
