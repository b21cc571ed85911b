package dev.packtrain.training.model;

import org.bytedeco.pytorch.Tensor;

/**
 * One trained tensor of a model.
 *
 * <p>The model keeps {@code tensor} itself, so its storage may be rebound ({@code set_data}) and its {@code .grad} preset
 * to a view of a larger buffer: gradients are then added into that view in place.
 *
 * @param name as in a Hugging Face checkpoint, such as {@code model.layers.0.self_attn.q_proj.weight}
 * @param tensor an autograd leaf that requires a gradient
 * @param decays whether weight decay applies: true for matrices, false for norms and biases
 */
public record Parameter(String name, Tensor tensor, boolean decays) {}
