package dev.packtrain.training.collectives;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Collectives over a fixed set of ranks. Every rank starts the same ones in the same order, and they run in that order;
 * used by one thread. {@code startX} returns at once and the collective overlaps with what the caller does until
 * {@link Pending#await}; {@code x} is both in one.
 *
 * <p>Sums are made in the order of the ranks, fp32 for bf16 elements and rounded once, so every rank and every rerun gets
 * the same bits. Tensors are contiguous; which dtypes: sums and maxima fp32, bf16, fp64, int64; copies any.
 *
 * <p>Every call takes a short name of what is exchanged, for error messages only, and throws
 * {@link PeerLostException} when a rank is gone or has called something else, or the deadline has passed; the group is of
 * no use after that. It throws {@link IllegalArgumentException}, and sends nothing, if the tensors do not fit the call.
 */
public interface ProcessGroup extends AutoCloseable {
    /** Such as {@code "tensor"}, for messages. */
    String name();

    /** This process within the group, 0-based. */
    int rank();

    /** Number of ranks. */
    int size();

    /**
     * Replaces a tensor by its sum over the ranks.
     *
     * @param tensor the same shape and dtype on every rank
     * @param what such as {@code "gradients"}
     */
    default void allReduceSum(Tensor tensor, String what) {
        startAllReduceSum(tensor, what).await();
    }

    /** Starts {@link #allReduceSum}. */
    Pending startAllReduceSum(Tensor tensor, String what);

    /**
     * Replaces a tensor by its maximum over the ranks; NaN if any rank has NaN.
     *
     * @param tensor the same shape and dtype on every rank
     * @param what such as {@code "largest logit"}
     */
    void allReduceMax(Tensor tensor, String what);

    /**
     * Sums over the ranks, of which each keeps its part.
     *
     * @param input n·k elements for n ranks; left as it is, unless the output is a part of it
     * @param output k elements: rank r's get the sum of elements r·k to (r+1)·k; the input's dtype, or fp32 for bf16. May
     *     be this rank's own part of the input
     * @param what such as {@code "gradients of layer 3"}
     */
    default void reduceScatterSum(Tensor input, Tensor output, String what) {
        startReduceScatterSum(input, output, what).await();
    }

    /** Starts {@link #reduceScatterSum}. */
    Pending startReduceScatterSum(Tensor input, Tensor output, String what);

    /**
     * Gives every rank the tensors of all, one after the other in the order of the ranks.
     *
     * @param input k elements; may be this rank's own part of the output
     * @param output n·k elements for n ranks, of the same dtype
     * @param what such as {@code "weights of layer 3"}
     */
    default void allGather(Tensor input, Tensor output, String what) {
        startAllGather(input, output, what).await();
    }

    /** Starts {@link #allGather}. */
    Pending startAllGather(Tensor input, Tensor output, String what);

    /**
     * Replaces a tensor by rank {@code root}'s.
     *
     * @param tensor the same shape and dtype on every rank
     * @param root 0-based
     * @param what such as {@code "weights"}
     */
    void broadcast(Tensor tensor, int root, String what);

    /**
     * Gives every rank a small message of each, of any length.
     *
     * @param mine this rank's
     * @param what such as {@code "errors"}
     * @return one a rank, in their order
     */
    List<byte[]> exchange(byte[] mine, String what);

    /**
     * Returns when every rank has called it.
     *
     * @param what such as {@code "checkpoint written"}
     */
    void barrier(String what);

    /** What this rank has sent so far; exact when no call is pending. */
    Traffic traffic();

    /** Bytes of payload that this rank has sent so far. */
    default long bytesSent() {
        return traffic().bytes();
    }

    /** Leaves the group. No call may be pending. */
    @Override
    void close();
}
