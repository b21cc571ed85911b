package dev.packtrain.training.collectives;

import dev.packtrain.kernels.RankReduction.Operation;
import org.bytedeco.pytorch.Tensor;

/**
 * Moves the data of collectives. One call at a time; tensors are contiguous and fit the call. Data of different calls
 * ({@link CollectiveCall#signature}) never mix: ranks that called something else wait for each other until
 * {@link Running#check} throws what the watch has found.
 *
 * <p>Every call returns the bytes of payload that this rank sent.
 */
interface Transport extends AutoCloseable {
    /** Replaces a tensor by its sum or maximum, in the order of the ranks. */
    long allReduce(Running call, Tensor tensor, Operation operation);

    /** {@code input[n·k]} to {@code output[k]}, in the order of the ranks. */
    long reduceScatter(Running call, Tensor input, Tensor output);

    /** {@code input[k]} to {@code output[n·k]}. */
    long allGather(Running call, Tensor input, Tensor output);

    /** Replaces a tensor by the root's. */
    long broadcast(Running call, Tensor tensor, int root);

    /** Waits for all. */
    long barrier(Running call);

    /** Called by any thread after a call has failed: its waits shall end soon. */
    void interrupt();

    /** For people: how the ranks reach each other. */
    String describe();

    @Override
    void close();
}
