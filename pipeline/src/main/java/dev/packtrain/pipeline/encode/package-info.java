/**
 * From checked rows to tokenised examples.
 *
 * <p>What enters: a {@link dev.packtrain.pipeline.record.SourceRecord}. What leaves: a
 * {@link dev.packtrain.packing.TokenizedExample} no longer than {@code max_length}, and the number of tokens that were
 * cut off to get there.
 */
package dev.packtrain.pipeline.encode;
