package dev.packtrain.training.model;

import dev.packtrain.training.device.TensorFactory;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
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
    /** Cosines and sines, {@code [T, 1, D/2]} each, angles in fp32 (fp64 for fp64 models). */
    Tensor[] tables(int[] positionIds, ScalarType dtype, TensorFactory factory) {
        float[] frequencies = new float[headDim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = (float) Math.pow(theta, -2.0 * i / headDim);
        }
        ScalarType wide = dtype == ScalarType.Double ? ScalarType.Double : ScalarType.Float;
        Tensor positionsT = factory.ints(positionIds).to(wide);
        Tensor angles =
                torch.outer(positionsT, factory.floats(frequencies).to(wide)).unsqueeze(1);
        return new Tensor[] {angles.cos().to(dtype), angles.sin().to(dtype)};
    }

    /** Turns every head of {@code xTHD}. */
    Tensor apply(Tensor xTHD, Tensor[] tables) {
        long t = xTHD.size(0);
        long h = xTHD.size(1);
        // unbind and stack, for their gradients are one stack and one unbind, where slicing would pad with zeros.
        TensorVector halves = xTHD.view(t, h, 2, headDim / 2).unbind(2);
        Tensor a = halves.get(0);
        Tensor b = halves.get(1);
        Tensor cos = tables[0];
        Tensor sin = tables[1];
        TensorVector turned =
                new TensorVector(a.mul(cos).sub(b.mul(sin)), b.mul(cos).add(a.mul(sin)));
        return torch.stack(turned, 2).view(t, h, headDim);
    }
}
