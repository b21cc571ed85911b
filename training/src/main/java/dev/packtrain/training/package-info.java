/**
 * One training process: libtorch through the Bytedeco presets, no Spark.
 *
 * <p>What enters: a launch spec on standard input. What leaves: events on standard output, a model directory,
 * checkpoints and metrics.
 */
package dev.packtrain.training;
