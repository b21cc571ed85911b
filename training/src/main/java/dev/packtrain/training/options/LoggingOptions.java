package dev.packtrain.training.options;

/**
 * Logs.
 *
 * @param loggingSteps a line in {@code metrics.jsonl} every so many steps, at least 1
 * @param tensorboard whether TensorBoard event files are written to {@code runs/}
 */
public record LoggingOptions(int loggingSteps, boolean tensorboard) {}
