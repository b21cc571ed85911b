package dev.packtrain.training.attention;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Causal attention of tokens packed side by side: a token sees itself and the earlier tokens of its own document, never
 * another's. Scale 1/√D; query head {@code h} reads key/value head {@code h / (H / G)}.
 *
 * <p>Called with recording off; the results of equal calls are equal bit for bit. {@code cuSeqlens} is
 * {@code [numDocuments + 1]}, first 0, strictly rising, last T.
 */
public interface AttentionKernel {
    /**
     * Attends.
     *
     * @param qTHD queries
     * @param kTGD keys, same dtype
     * @param vTGD values, same dtype
     */
    Forward forward(Tensor qTHD, Tensor kTGD, Tensor vTGD, int[] cuSeqlens);

    /**
     * Gradients of one {@link #forward}, from the same arguments.
     *
     * @param gradOTHD gradient of the output, same dtype as the output
     */
    Gradients backward(Tensor gradOTHD, Tensor qTHD, Tensor kTGD, Tensor vTGD, Forward forward, int[] cuSeqlens);

    /** Name for people. */
    String name();

    /**
     * What {@link #forward} leaves.
     *
     * @param oTHD output, dtype of the queries
     * @param saved what this kernel's backward pass needs beside the inputs; the caller keeps it alive
     */
    record Forward(Tensor oTHD, List<Tensor> saved) {
        public Forward {
            saved = List.copyOf(saved);
        }
    }

    /**
     * Gradients of the inputs, in their shapes and dtypes.
     *
     * @param qTHD of the queries
     * @param kTGD of the keys
     * @param vTGD of the values
     */
    record Gradients(Tensor qTHD, Tensor kTGD, Tensor vTGD) {}
}
