package dev.packtrain.training.optim;

/**
 * A range of elements that the optimizer treats alike.
 *
 * @param from first element
 * @param to behind the last element
 * @param decays whether weight decay applies
 * @param learningRateScale what the learning rate is multiplied by
 */
public record UpdateRange(long from, long to, boolean decays, double learningRateScale) {}
