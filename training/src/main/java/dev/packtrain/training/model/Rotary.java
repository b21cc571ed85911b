package dev.packtrain.training.model;

import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.fused.RotaryTables;
import dev.packtrain.training.model.DecoderConfig.Rope;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Rotary positions (Su et al. 2021, arXiv 2104.09864) in Hugging Face's layout: element {@code i} of a head turns together
 * with element {@code i + D/2}, by the position times frequency {@code i} of the {@link RopeScaling}.
 *
 * @param headDim D, even
 * @param rope base and scaling of the frequencies
 */
record Rotary(int headDim, Rope rope) {
    /**
     * Neighbouring tokens of one document.
     *
     * @param begin first token
     * @param end token after the last
     * @param length positions that the whole document takes: dynamic scaling depends on it
     */
    record Span(int begin, int end, int length) {}

    /**
     * Cosines and sines of the tokens' angles.
     *
     * @param positionIds {@code [T]}
     * @param documents that make up the T tokens. Each has frequencies of its own, so that a document in a pack turns as it
     *     does alone; {@code transformers} takes those of the longest sequence that it has seen lately
     */
    RotaryTables tables(int[] positionIds, List<Span> documents, ScalarType dtype, TensorFactory factory) {
        boolean allAlike = !(rope.scaling() instanceof RopeScaling.DynamicNtk);
        List<Span> spans = allAlike ? List.of(new Span(0, positionIds.length, 1)) : documents;
        ScalarType wide = dtype == ScalarType.Double ? ScalarType.Double : ScalarType.Float;
        TensorVector parts = new TensorVector();
        for (Span span : spans) {
            Tensor positions = factory.ints(Arrays.copyOfRange(positionIds, span.begin(), span.end()))
                    .to(wide);
            Tensor frequencies = factory.floats(frequencies(span.length())).to(wide);
            parts.push_back(torch.outer(positions, frequencies));
        }
        Tensor angles = torch.cat(parts);
        Scalar factor = new Scalar(rope.scaling().attentionFactor());
        return new RotaryTables(angles.cos().mul(factor), angles.sin().mul(factor));
    }

    private float[] frequencies(int length) {
        double[] exact = rope.scaling().frequencies(headDim, rope.theta(), length);
        float[] frequencies = new float[exact.length];
        for (int i = 0; i < exact.length; i++) {
            frequencies[i] = (float) exact[i];
        }
        return frequencies;
    }
}
