/** What a training run was asked to do: immutable records that the recipe becomes at the edge. JSON in a launch spec. */
package dev.packtrain.training.options;
