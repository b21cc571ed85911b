/**
 * Rows in the manner of advertisement-generation data sets, from a vocabulary and templates of our own: attributes of a
 * garment as the source, an advertisement that speaks of each of them as the target.
 *
 * <p>What enters: a seed and a number of rows. What leaves: JSON lines. Row i depends on the seed and on i alone.
 */
package dev.packtrain.pipeline.sample;
