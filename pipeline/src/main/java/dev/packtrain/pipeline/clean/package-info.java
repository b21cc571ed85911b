/**
 * Cleaning: which rows a data set is better without, each stage off by default.
 *
 * <p>What enters: numbered {@link dev.packtrain.pipeline.clean.CleanRecord}s, the texts of rows that passed the checks.
 * What leaves: a {@link dev.packtrain.pipeline.clean.Removal} for every row that goes, by row number, and counts. Nothing
 * is rewritten: a row stays as it is or goes whole. All of it is a pure function of the rows, their numbers and the
 * options, however Spark distributes the work; see {@code docs/cleaning.md}.
 */
package dev.packtrain.pipeline.clean;
