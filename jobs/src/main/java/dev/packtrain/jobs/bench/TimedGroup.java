package dev.packtrain.jobs.bench;

import dev.packtrain.training.collectives.Pending;
import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.collectives.Traffic;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/** A group that counts how long the caller stands in its calls: sending, and waiting for the other ranks. */
record TimedGroup(ProcessGroup group, AtomicLong nanos) implements ProcessGroup {
    private <T> T timed(Supplier<T> call) {
        long start = System.nanoTime();
        try {
            return call.get();
        } finally {
            nanos.addAndGet(System.nanoTime() - start);
        }
    }

    private Pending started(Supplier<Pending> call) {
        Pending pending = timed(call);
        return () -> timed(() -> {
            pending.await();
            return null;
        });
    }

    @Override
    public String name() {
        return group.name();
    }

    @Override
    public int rank() {
        return group.rank();
    }

    @Override
    public int size() {
        return group.size();
    }

    @Override
    public Pending startAllReduceSum(Tensor tensor, String what) {
        return started(() -> group.startAllReduceSum(tensor, what));
    }

    @Override
    public void allReduceMax(Tensor tensor, String what) {
        timed(() -> {
            group.allReduceMax(tensor, what);
            return null;
        });
    }

    @Override
    public Pending startReduceScatterSum(Tensor input, Tensor output, String what) {
        return started(() -> group.startReduceScatterSum(input, output, what));
    }

    @Override
    public Pending startAllGather(Tensor input, Tensor output, String what) {
        return started(() -> group.startAllGather(input, output, what));
    }

    @Override
    public void broadcast(Tensor tensor, int root, String what) {
        timed(() -> {
            group.broadcast(tensor, root, what);
            return null;
        });
    }

    @Override
    public List<byte[]> exchange(byte[] mine, String what) {
        return timed(() -> group.exchange(mine, what));
    }

    @Override
    public void barrier(String what) {
        timed(() -> {
            group.barrier(what);
            return null;
        });
    }

    @Override
    public Traffic traffic() {
        return group.traffic();
    }

    @Override
    public void close() {
        group.close();
    }
}
