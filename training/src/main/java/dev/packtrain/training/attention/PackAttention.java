package dev.packtrain.training.attention;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Attention of one pack, the same for all layers. Called with recording off; the results of equal calls are equal bit for
 * bit. Closing it frees what was made ready.
 */
public interface PackAttention extends AutoCloseable {
    /**
     * Attends.
     *
     * @param qTHD queries
     * @param kTGD keys, same dtype
     * @param vTGD values, same dtype
     */
    Forward forward(Tensor qTHD, Tensor kTGD, Tensor vTGD);

    /**
     * Gradients of one {@link #forward}, from the same arguments.
     *
     * @param gradOTHD gradient of the output, same dtype as the output
     */
    Gradients backward(Tensor gradOTHD, Tensor qTHD, Tensor kTGD, Tensor vTGD, Forward forward);

    @Override
    void close();

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
