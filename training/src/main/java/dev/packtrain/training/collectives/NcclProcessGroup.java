package dev.packtrain.training.collectives;

import java.time.Duration;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.BroadcastOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch_nccl;
import org.bytedeco.pytorch.nccl.ProcessGroupNCCL;

/**
 * Collectives between GPUs: libtorch's NCCL backend. Needs the {@code gpu} build. Unproven: it compiles against the
 * presets, but has not run between GPUs yet.
 */
public final class NcclProcessGroup implements ProcessGroup {
    private final int rank;
    private final int size;
    private final RankStore store;
    private final ProcessGroupNCCL.Options options;
    private final ProcessGroupNCCL group;
    private final CollectiveCalls calls;

    /**
     * Joins.
     *
     * @param store closed together with the group
     * @param rank this process, 0-based
     * @param size number of ranks
     * @param timeout deadline of joining and of every collective
     */
    public NcclProcessGroup(RankStore store, int rank, int size, Duration timeout) {
        Loader.load(torch_nccl.class);
        this.rank = rank;
        this.size = size;
        this.store = store;
        this.calls = new CollectiveCalls(timeout);
        options = new ProcessGroupNCCL.Options();
        options.timeout(new Milliseconds(timeout.toMillis()));
        group = calls.connect(size, () -> new ProcessGroupNCCL(store.torch(), rank, size, options));
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public void allReduceSum(Tensor tensor, String what) {
        try (PointerScope scope = new PointerScope()) {
            calls.await("all-reduce", what, () -> group.allreduce(new TensorVector(tensor)));
        }
    }

    @Override
    public void broadcast(Tensor tensor, int root, String what) {
        try (PointerScope scope = new PointerScope()) {
            BroadcastOptions from = new BroadcastOptions().rootRank(root);
            calls.await("broadcast", what, () -> group.broadcast(new TensorVector(tensor), from));
        }
    }

    @Override
    public void barrier(String what) {
        try (PointerScope scope = new PointerScope()) {
            calls.await("barrier", what, group::barrier);
        }
    }

    @Override
    public void close() {
        group.close();
        options.close();
        store.close();
    }
}
