/**
 * Parameter-efficient fine-tuning: few trained numbers on top of a frozen model.
 *
 * <p>What enters: a recipe's settings or an adapter directory in PEFT's format, and the {@link
 * dev.packtrain.training.model.Layers} of a base model. What leaves: the same layers with adapters around them, an adapter
 * directory, or a merged model. One method is one {@link dev.packtrain.training.peft.PeftMethod}; models, meshes and
 * optimizers know nothing of it.
 *
 * <p>Shape letters: T tokens, I inputs and O outputs of a linear, R rank of an adapter.
 */
package dev.packtrain.training.peft;
