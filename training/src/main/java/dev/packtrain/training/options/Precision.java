package dev.packtrain.training.options;

/** Dtype of weights and activations in the forward and backward pass. */
public enum Precision {
    FP32,
    BF16
}
