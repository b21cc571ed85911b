/**
 * From paths to checked rows.
 *
 * <p>What enters: paths of JSON-lines files. What leaves: {@link dev.packtrain.pipeline.record.SourceRecord}s and
 * {@link dev.packtrain.pipeline.source.Reject}s, each with a row number that depends on the input alone and never on
 * how Spark cut it.
 */
package dev.packtrain.pipeline.source;
