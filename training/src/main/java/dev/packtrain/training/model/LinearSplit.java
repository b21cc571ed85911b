package dev.packtrain.training.model;

/**
 * How tensor-parallel ranks share a linear (Shoeybi et al. 2019, arXiv 1909.08053), for {@code y = x·Wᵀ + b} with W
 * {@code [out, in]}.
 *
 * <p>What decorates a linear follows from it. With a low-rank branch {@code y += x·Aᵀ·Bᵀ}, A {@code [r, in]} and B
 * {@code [out, r]}:
 *
 * <table>
 * <caption>Low-rank branches</caption>
 * <tr><th></th><th>A</th><th>B</th></tr>
 * <tr><td>{@link #WHOLE}</td><td>whole</td><td>whole</td></tr>
 * <tr><td>{@link #COLUMN}</td><td>whole on every rank; its gradient is partial over all of them, for each rank sees only
 * the gradient of its own outputs</td><td>split along dim 0 like W (same {@code from}, {@code length} and
 * {@code numCopies}); its gradient is partial where W's is</td></tr>
 * <tr><td>{@link #ROW}</td><td>split along dim 1 like W; gradient complete</td><td>whole on every rank; its output is
 * partial and summed at the cut together with W's. The incoming gradient is complete, but {@code x·Aᵀ} here is this
 * rank's share only: so its gradient is partial over all of them</td></tr>
 * </table>
 */
public enum LinearSplit {
    /** Every rank computes the same whole result from the same input. */
    WHOLE,
    /**
     * The input is whole and each rank computes some of the outputs, by the rows of W and b that it holds. The gradient of
     * the input is partial: it is summed over the ranks at the cut. Several ranks may compute the same outputs (key/value
     * heads fewer than ranks): then gradients of W and b are partial over these.
     */
    COLUMN,
    /**
     * Each rank has some of the inputs and the columns of W for them. The result is partial: it is summed over the ranks at
     * the cut. Every rank holds b, and one of them adds it; the gradient of the result is whole, so b's is.
     */
    ROW
}
