/**
 * From records to a prepared data set, on Spark.
 *
 * <p>What enters: {@link dev.packtrain.pipeline.PrepareOptions} and JSON lines with a source and a target. What leaves:
 * a directory of Arrow shards with its manifest, the rejected rows, and a
 * {@link dev.packtrain.pipeline.PrepareReport}. {@link dev.packtrain.pipeline.Prepare} is the one way in.
 */
package dev.packtrain.pipeline;
