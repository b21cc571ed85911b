/**
 * Statistics of lengths, with Spark MLlib.
 *
 * <p>What enters: a table with a line a row, or counts by length. What leaves: mean, deviation, extremes and quantiles.
 * Figures from counts are exact; quantiles of a table are approximate, and say how far.
 */
package dev.packtrain.pipeline.stats;
