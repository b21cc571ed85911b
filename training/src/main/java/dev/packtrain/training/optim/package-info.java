/**
 * From summed gradients to new weights.
 *
 * <p>What enters: a model's parameters and the gradients that the backward pass left in them. What leaves: changed weights.
 * Everything lies in a few flat buffers, so that a step is a few large operations and one collective, whatever the
 * number of parameters.
 */
package dev.packtrain.training.optim;
