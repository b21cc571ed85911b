/**
 * Models spread over the ranks of a mesh: tensor parallelism (Shoeybi et al. 2019, arXiv 1909.08053) and sequence
 * parallelism (Korthikanti et al. 2022, arXiv 2205.05198).
 *
 * <p>What enters: an architecture, process groups, degrees. What leaves: a {@link dev.packtrain.training.model.TensorShare}
 * that a model is built with, and on one page ({@link dev.packtrain.training.parallel.Parallelize}) the model built. The
 * model's own code knows none of this.
 */
package dev.packtrain.training.parallel;
