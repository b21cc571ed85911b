package dev.packtrain.training.model;

import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.fused.RotaryTables;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Rotary positions (Su et al. 2021, arXiv 2104.09864) in Hugging Face's layout: element {@code i} of a head turns together
 * with element {@code i + D/2}, by {@code position · theta^(−2i/D)}.
 *
 * @param headDim D, even
 * @param theta base of the frequencies
 */
record Rotary(int headDim, double theta) {
    /** Cosines and sines of the tokens' angles. */
    RotaryTables tables(int[] positionIds, ScalarType dtype, TensorFactory factory) {
        float[] frequencies = new float[headDim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = (float) Math.pow(theta, -2.0 * i / headDim);
        }
        ScalarType wide = dtype == ScalarType.Double ? ScalarType.Double : ScalarType.Float;
        Tensor positionsT = factory.ints(positionIds).to(wide);
        Tensor angles = torch.outer(positionsT, factory.floats(frequencies).to(wide));
        return new RotaryTables(angles.cos(), angles.sin());
    }
}
