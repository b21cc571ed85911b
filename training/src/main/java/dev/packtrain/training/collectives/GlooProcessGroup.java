package dev.packtrain.training.collectives;

import java.time.Duration;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.BroadcastOptions;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch_gloo;

/** Collectives over TCP on CPU tensors: libtorch's Gloo backend. */
public final class GlooProcessGroup implements ProcessGroup {
    private final int rank;
    private final int size;
    private final RankStore store;
    private final ProcessGroupGloo.Options options;
    private final ProcessGroupGloo group;
    private final CollectiveCalls calls;

    /**
     * Joins; returns when every rank is connected to every other.
     *
     * @param store closed together with the group
     * @param rank this process, 0-based
     * @param size number of ranks, at least 2
     * @param host address of this host on which the others reach it
     * @param timeout deadline of joining and of every collective
     */
    public GlooProcessGroup(RankStore store, int rank, int size, String host, Duration timeout) {
        Loader.load(torch_gloo.class);
        this.rank = rank;
        this.size = size;
        this.store = store;
        this.calls = new CollectiveCalls(timeout);
        options = new ProcessGroupGloo.Options(new Milliseconds(timeout.toMillis()));
        options.devices(new GlooDeviceVector(ProcessGroupGloo.createDeviceForHostname(host)));
        group = calls.connect(size, () -> new ProcessGroupGloo(store.torch(), rank, size, options));
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
