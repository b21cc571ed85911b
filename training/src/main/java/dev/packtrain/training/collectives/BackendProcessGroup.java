package dev.packtrain.training.collectives;

import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.AllreduceOptions;
import org.bytedeco.pytorch.Backend;
import org.bytedeco.pytorch.BroadcastOptions;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.ReduceOp;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What every backend of libtorch does the same way. */
abstract class BackendProcessGroup implements ProcessGroup {
    private final String name;
    private final int rank;
    private final int size;
    private final RankStore store;
    private final Pointer options;
    private final Backend group;
    private final CollectiveCalls calls;
    private final ExecutorService thread;
    private volatile Traffic traffic = Traffic.NONE;

    BackendProcessGroup(Member member, Pointer options, Supplier<Backend> connect) {
        this.name = member.name();
        this.rank = member.rank();
        this.size = member.size();
        this.store = member.store();
        this.options = options;
        calls = new CollectiveCalls(member.timeout());
        group = calls.connect(size, connect);
        thread = Executors.newSingleThreadExecutor(task -> {
            Thread created = new Thread(task, "collectives of " + name);
            created.setDaemon(true);
            return created;
        });
    }

    /** Who joins what. */
    record Member(String name, RankStore store, int rank, int size, Duration timeout) {}

    @Override
    public final String name() {
        return name;
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
    public final Traffic traffic() {
        return traffic;
    }

    private Pending start(Consumer<Tensor[]> body, Tensor... tensors) {
        Kept kept = new Kept();
        Tensor[] held = new Tensor[tensors.length];
        for (int i = 0; i < tensors.length; i++) {
            held[i] = kept.keep(new Tensor(tensors[i]));
        }
        Future<?> running = thread.submit(() -> {
            try (kept) {
                TensorScope.run(() -> body.accept(held));
            }
        });
        return () -> {
            try {
                running.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof PeerLostException lost) {
                    throw new PeerLostException(lost.getMessage(), lost);
                }
                throw new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        };
    }

    @Override
    public final Pending startAllReduceSum(Tensor tensor, String what) {
        return start(
                held -> {
                    calls.await("all-reduce", what, () -> group.allreduce(new TensorVector(held[0])));
                    traffic = traffic.plus(new Traffic(2 * bytes(held[0]) * (size - 1) / size, 0, 0, 0));
                },
                tensor);
    }

    private static long bytes(Tensor tensor) {
        return tensor.numel() * tensor.element_size();
    }

    @Override
    public final void allReduceMax(Tensor tensor, String what) {
        start(
                        held -> {
                            AllreduceOptions max =
                                    new AllreduceOptions().reduceOp(new ReduceOp(ReduceOp.RedOpType.MAX));
                            calls.await(
                                    "all-reduce of maxima", what, () -> group.allreduce(new TensorVector(tensor), max));
                            traffic = traffic.plus(new Traffic(2 * bytes(tensor) * (size - 1) / size, 0, 0, 0));
                        },
                        tensor)
                .await();
    }

    @Override
    public final Pending startReduceScatterSum(Tensor input, Tensor output, String what) {
        if (input.numel() != size * output.numel()) {
            throw new IllegalArgumentException("%s: wanted an input of %d × %d elements, got %d"
                    .formatted(what, size, output.numel(), input.numel()));
        }
        return start(held -> reduceScatter(held[0].detach(), held[1].detach(), what), input, output);
    }

    private void reduceScatter(Tensor input, Tensor output, String what) {
        Tensor parts = new TensorFactory(TensorFactory.like(input).device())
                .empty(input.scalar_type().intern(), size, output.numel());
        calls.await(
                "reduce-scatter",
                what,
                () -> group.alltoall_base(parts, input.view(size, -1), new LongVector(), new LongVector()));
        ScalarType type = input.scalar_type().intern();
        Tensor sum = type == ScalarType.BFloat16
                ? parts.select(0, 0).to(ScalarType.Float)
                : parts.select(0, 0).clone();
        for (int r = 1; r < size; r++) {
            sum.add_(parts.select(0, r));
        }
        output.view(-1).copy_(sum);
        traffic = traffic.plus(new Traffic(0, bytes(input) * (size - 1) / size, 0, 0));
    }

    @Override
    public final Pending startAllGather(Tensor input, Tensor output, String what) {
        if (size * input.numel() != output.numel()) {
            throw new IllegalArgumentException("%s: wanted an output of %d × %d elements, got %d"
                    .formatted(what, size, input.numel(), output.numel()));
        }
        return start(
                held -> {
                    Tensor bytes = held[1].detach().view(-1).view(ScalarType.Byte);
                    Tensor mine =
                            held[0].detach().view(-1).view(ScalarType.Byte).clone();
                    calls.await("all-gather", what, () -> group._allgather_base(bytes, mine));
                    traffic = traffic.plus(new Traffic(0, 0, bytes(held[0]) * (size - 1), 0));
                },
                input,
                output);
    }

    @Override
    public final void broadcast(Tensor tensor, int root, String what) {
        start(
                        held -> {
                            BroadcastOptions from = new BroadcastOptions().rootRank(root);
                            calls.await("broadcast", what, () -> group.broadcast(new TensorVector(tensor), from));
                            traffic = traffic.plus(new Traffic(0, 0, 0, rank == root ? bytes(tensor) : 0));
                        },
                        tensor)
                .await();
    }

    @Override
    public final List<byte[]> exchange(byte[] mine, String what) {
        return TensorScope.value(() -> Messages.exchange(this, mine, what));
    }

    @Override
    public final void barrier(String what) {
        start(held -> calls.await("barrier", what, group::barrier)).await();
    }

    @Override
    public final void close() {
        thread.shutdownNow();
        group.close();
        options.close();
        store.close();
    }
}
