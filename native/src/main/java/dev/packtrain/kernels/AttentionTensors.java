package dev.packtrain.kernels;

/**
 * What the forward pass reads and writes.
 *
 * @param q {@code [rows, numHeads, headDim]}
 * @param k {@code [keys, numKvHeads, headDim]}
 * @param v {@code [keys, numKvHeads, headDim]}
 * @param out {@code [rows, numHeads, headDim]}, written by the forward pass; zero where a row sees nothing
 * @param lseAddress fp32 {@code [numHeads, rows]} without gaps, written by the forward pass: the natural logarithm of the
 *     sum of the exponentials of a row's scores; −∞ where a row sees nothing
 */
public record AttentionTensors(HeadTensor q, HeadTensor k, HeadTensor v, HeadTensor out, long lseAddress) {
    static final int NUM_LONGS = 13;

    /**
     * The gradients of the forward pass.
     *
     * @param out of the output, {@code [rows, numHeads, headDim]}, read
     * @param q {@code [rows, numHeads, headDim]}, written
     * @param k {@code [keys, numKvHeads, headDim]}, written: summed over the heads that share it
     * @param v {@code [keys, numKvHeads, headDim]}, written: summed over the heads that share it
     */
    public record Gradients(HeadTensor out, HeadTensor q, HeadTensor k, HeadTensor v) {
        static final int NUM_LONGS = 12;

        void require(ElementType type) {
            out.require("the output's gradient", type);
            q.require("the gradient of q", type);
            k.require("the gradient of k", type);
            v.require("the gradient of v", type);
        }

        void putInto(long[] tensors, int at) {
            out.putInto(tensors, at);
            q.putInto(tensors, at + 3);
            k.putInto(tensors, at + 6);
            v.putInto(tensors, at + 9);
        }
    }

    void require(ElementType type) {
        q.require("q", type);
        k.require("k", type);
        v.require("v", type);
        out.require("the output", type);
        Ranges.check("log-sum-exps", lseAddress, 1);
    }

    void putInto(long[] tensors) {
        q.putInto(tensors, 0);
        k.putInto(tensors, 3);
        v.putInto(tensors, 6);
        out.putInto(tensors, 9);
        tensors[12] = lseAddress;
    }
}
