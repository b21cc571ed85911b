/**
 * Models: shapes, parameters and recorded segments.
 *
 * <p>What enters: a {@code config.json} and weights (or a seed), then packs. What leaves: loss sums, gradients in the
 * parameters' {@code .grad}, and Hugging Face model directories. What happens between segments (attention, sums over
 * ranks) is the engine's; meshes, collectives and optimizers are unknown here.
 */
package dev.packtrain.training.model;
