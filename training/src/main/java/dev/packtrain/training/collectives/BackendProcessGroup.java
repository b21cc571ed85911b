package dev.packtrain.training.collectives;

import java.time.Duration;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Backend;
import org.bytedeco.pytorch.BroadcastOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/** What every backend of libtorch does the same way. */
abstract class BackendProcessGroup implements ProcessGroup {
    private final int rank;
    private final int size;
    private final RankStore store;
    private final Pointer options;
    private final Backend group;
    private final CollectiveCalls calls;

    /**
     * Joins.
     *
     * @param store where the ranks meet; closed together with the group
     * @param rank this process, 0-based
     * @param size number of ranks
     * @param timeout deadline of joining and of every collective
     * @param options the backend's; closed together with the group
     * @param connect builds the backend
     */
    BackendProcessGroup(
            RankStore store, int rank, int size, Duration timeout, Pointer options, Supplier<Backend> connect) {
        this.rank = rank;
        this.size = size;
        this.store = store;
        this.options = options;
        calls = new CollectiveCalls(timeout);
        group = calls.connect(size, connect);
    }

    @Override
    public final int rank() {
        return rank;
    }

    @Override
    public final int size() {
        return size;
    }

    @Override
    public final void allReduceSum(Tensor tensor, String what) {
        try (PointerScope scope = new PointerScope()) {
            calls.await("all-reduce", what, () -> group.allreduce(new TensorVector(tensor)));
        }
    }

    @Override
    public final void broadcast(Tensor tensor, int root, String what) {
        try (PointerScope scope = new PointerScope()) {
            BroadcastOptions from = new BroadcastOptions().rootRank(root);
            calls.await("broadcast", what, () -> group.broadcast(new TensorVector(tensor), from));
        }
    }

    @Override
    public final void barrier(String what) {
        try (PointerScope scope = new PointerScope()) {
            calls.await("barrier", what, group::barrier);
        }
    }

    @Override
    public final void close() {
        group.close();
        options.close();
        store.close();
    }
}
