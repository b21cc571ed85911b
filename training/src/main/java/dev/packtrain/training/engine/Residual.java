package dev.packtrain.training.engine;

import org.bytedeco.pytorch.Tensor;

/**
 * The residual stream with a branch that the next norm will add to it.
 *
 * @param streamTE what all branches so far added up to; untouched
 * @param branchTE to be added, and overwritten by the sum; null before the first block
 */
record Residual(Tensor streamTE, Tensor branchTE) {}
