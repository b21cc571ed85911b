package dev.packtrain.jobs.plan;

import dev.packtrain.training.collectives.Pending;
import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.collectives.Traffic;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Says which rank of how many this is; nothing can be sent. */
record SilentGroup(int rank, int size) implements ProcessGroup {
    private static UnsupportedOperationException silent() {
        return new UnsupportedOperationException("a model was only to be built");
    }

    @Override
    public String name() {
        return "silent";
    }

    @Override
    public Pending startAllReduceSum(Tensor tensor, String what) {
        throw silent();
    }

    @Override
    public void allReduceMax(Tensor tensor, String what) {
        throw silent();
    }

    @Override
    public Pending startReduceScatterSum(Tensor input, Tensor output, String what) {
        throw silent();
    }

    @Override
    public Pending startAllGather(Tensor input, Tensor output, String what) {
        throw silent();
    }

    @Override
    public void broadcast(Tensor tensor, int root, String what) {
        throw silent();
    }

    @Override
    public List<byte[]> exchange(byte[] mine, String what) {
        throw silent();
    }

    @Override
    public void barrier(String what) {
        throw silent();
    }

    @Override
    public Traffic traffic() {
        throw silent();
    }

    @Override
    public void close() {}
}
