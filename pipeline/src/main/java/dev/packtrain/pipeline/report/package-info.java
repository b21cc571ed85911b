/**
 * The figures of a run: what enters are the rows of each group as they are kept or put aside
 * ({@link dev.packtrain.pipeline.report.GroupFigures}, on executors); what leaves is the account of all of them
 * ({@link dev.packtrain.pipeline.report.Audit}), which adds up to the row and to the token, and the ratios, quantiles and
 * the unigram loss that the report shows.
 */
package dev.packtrain.pipeline.report;
