/**
 * The figures of a run: what enters are counts by length, by token and by reason; what leaves are the ratios, quantiles
 * and the unigram loss that the report shows.
 */
package dev.packtrain.pipeline.report;
