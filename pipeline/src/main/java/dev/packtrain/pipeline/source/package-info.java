/**
 * From paths and tables to numbered raw rows.
 *
 * <p>What enters: paths of JSON lines, text, CSV, Parquet or ORC, names of Spark tables, and data frames. What leaves:
 * rows as bytes, each a JSON object or a line of text, with a number that depends on the input alone and never on how
 * Spark cut it; and the reasons why later stages put one aside.
 */
package dev.packtrain.pipeline.source;
