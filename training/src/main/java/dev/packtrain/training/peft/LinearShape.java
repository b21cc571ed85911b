package dev.packtrain.training.peft;

/**
 * One rank's part of a linear, for those who count without a model.
 *
 * @param module such as {@code model.layers.0.self_attn.q_proj}
 * @param numIn I: columns of this rank's weight
 * @param numOut O: rows of it
 * @param wholeIn columns of the weight of all tensor-parallel ranks together
 * @param wholeOut rows of it
 */
public record LinearShape(String module, long numIn, long numOut, long wholeIn, long wholeOut) {}
