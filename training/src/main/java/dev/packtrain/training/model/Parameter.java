package dev.packtrain.training.model;

import org.bytedeco.pytorch.Tensor;

/**
 * One tensor of a model, or this rank's part of it. It is trained if it requires a gradient.
 *
 * <p>The model keeps {@code tensor} itself, so its storage may be rebound ({@code set_data}) and its {@code .grad} preset
 * to a view of a larger buffer: gradients are then added into that view in place.
 *
 * @param name as in a Hugging Face checkpoint, such as {@code model.layers.0.self_attn.q_proj.weight}
 * @param tensor an autograd leaf
 * @param decays whether weight decay applies: true for matrices, false for norms and biases
 * @param split which part of the whole tensor this is
 * @param partialGradient whether the backward pass leaves in {@code .grad} only this rank's share of the gradient, to be
 *     added up over the {@code split.numCopies()} ranks that hold the same part
 * @param learningRateScale what the learning rate is multiplied by for it, more than 0; 1 but for what a method of
 *     fine-tuning says otherwise
 */
public record Parameter(
        String name,
        Tensor tensor,
        boolean decays,
        TensorSplit split,
        boolean partialGradient,
        double learningRateScale) {
    /** Trained at the learning rate itself. */
    public Parameter(String name, Tensor tensor, boolean decays, TensorSplit split, boolean partialGradient) {
        this(name, tensor, decays, split, partialGradient, 1);
    }

    /** A whole tensor in one process. */
    public Parameter(String name, Tensor tensor, boolean decays) {
        this(name, tensor, decays, TensorSplit.whole(tensor.shape()), false);
    }

    /** Whether it is trained. */
    public boolean isTrained() {
        return tensor.requires_grad();
    }
}
