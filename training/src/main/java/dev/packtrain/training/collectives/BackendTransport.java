package dev.packtrain.training.collectives;

import dev.packtrain.kernels.RankReduction.Operation;
import dev.packtrain.kernels.ReductionType;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Backend;
import org.bytedeco.pytorch.BroadcastOptions;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The collectives of one of libtorch's backends, of which only what moves data is used. Sums are made here, in the order of the
 * ranks and in fp32, because a backend would round bf16 at every rank on the way.
 *
 * <p>A call is done when the device has done it. Tensors that are not where the backend works go there and back by copies:
 * messages, and state that is offloaded. Backends match calls by their number alone: of calls that differ, those that move as
 * many bytes do meet, and are not told apart.
 */
final class BackendTransport implements Transport {
    private static final long LOOK_NANOS = 20_000;
    private static final long SMALL_BYTES = 256 << 10;
    private static final long SEGMENT_BYTES = 64L << 20;

    private final String name;
    private final Backend backend;
    private final Pointer options;
    private final TensorFactory device;
    private final int rank;
    private final int size;

    /**
     * Over connected ranks.
     *
     * @param name of the backend, for people
     * @param backend what moves the data; closed together with this
     * @param options that it was made with; closed after it
     * @param device makes tensors where the backend wants them
     * @param meeting at which the ranks were
     */
    BackendTransport(String name, Backend backend, Pointer options, TensorFactory device, GroupMeeting meeting) {
        this.name = name;
        this.backend = backend;
        this.options = options;
        this.device = device;
        this.rank = meeting.rank();
        this.size = meeting.size();
    }

    /** Runs a call of the backend, unless there is nothing to move: not every backend knows empty tensors. */
    private static void await(Running call, Tensor moved, Supplier<Work> start) {
        if (moved.numel() == 0) {
            return;
        }
        call.check();
        try {
            Work work = start.get();
            while (!work.isCompleted()) {
                call.check();
                LockSupport.parkNanos(LOOK_NANOS);
            }
            // Throws what went wrong; else lets this thread's stream follow.
            work._wait();
        } catch (PeerLostException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new LinkException(e);
        }
        call.check();
    }

    private Tensor empty(Tensor like, long... shape) {
        return device.empty(like.scalar_type().intern(), shape);
    }

    /** A flat tensor itself where the backend works, else a copy there. */
    private Tensor there(Tensor tensor) {
        return device.toDevice(tensor.detach().view(-1));
    }

    /** What arrived there, brought to where it is wanted. */
    private static void back(Tensor there, Tensor wanted) {
        if (there.is_cpu() != wanted.is_cpu()) {
            wanted.detach().view(-1).copy_(there);
        }
    }

    /** Rows of {@code parts[n, k]} reduced to {@code output[k]}. */
    private void reduce(Tensor parts, Tensor output, Operation operation) {
        boolean narrow = ScalarTypes.reduction(parts) == ReductionType.BF16;
        Tensor result = parts.select(0, 0)
                .to(narrow ? ScalarType.Float : parts.scalar_type().intern());
        for (int r = 1; r < size; r++) {
            Tensor next = parts.select(0, r);
            result = operation == Operation.SUM ? result.add(next) : result.maximum(next);
        }
        output.copy_(result);
    }

    @Override
    public long allReduce(Running call, Tensor tensor, Operation operation) {
        Tensor flat = there(tensor);
        long bytes = tensor.numel() * tensor.element_size();
        if (bytes <= SMALL_BYTES) {
            Tensor parts = empty(flat, size * flat.numel());
            await(call, flat, () -> backend._allgather_base(parts, flat));
            reduce(parts.view(size, flat.numel()), flat, operation);
        } else {
            long segment = SEGMENT_BYTES / tensor.element_size();
            for (long from = 0; from < flat.numel(); from += segment) {
                Tensor piece = flat.narrow(0, from, Math.min(segment, flat.numel() - from));
                TensorScope.run(() -> allReduceSegment(call, piece, operation));
            }
        }
        back(flat, tensor);
        return bytes <= SMALL_BYTES ? bytes * (size - 1) : 2 * bytes * (size - 1) / size;
    }

    private void allReduceSegment(Running call, Tensor piece, Operation operation) {
        long part = (piece.numel() + size - 1) / size;
        Tensor padded = piece;
        if (part * size != piece.numel()) {
            padded = device.zeros(piece.scalar_type().intern(), part * size);
            padded.narrow(0, 0, piece.numel()).copy_(piece);
        }
        Tensor whole = padded;
        Tensor parts = empty(piece, size, part);
        await(
                call,
                whole,
                () -> backend.alltoall_base(parts, whole.view(size, -1), new LongVector(), new LongVector()));
        Tensor mine = empty(piece, part);
        reduce(parts, mine, operation);
        await(call, mine, () -> backend._allgather_base(whole, mine));
        if (part * size != piece.numel()) {
            piece.copy_(whole.narrow(0, 0, piece.numel()));
        }
    }

    @Override
    public long reduceScatter(Running call, Tensor input, Tensor output) {
        Tensor parts = empty(input, size, output.numel());
        Tensor whole = there(input).view(size, output.numel());
        await(call, whole, () -> backend.alltoall_base(parts, whole, new LongVector(), new LongVector()));
        reduce(parts, output.detach().view(-1), Operation.SUM);
        return input.numel() * input.element_size() * (size - 1) / size;
    }

    @Override
    public long allGather(Running call, Tensor input, Tensor output) {
        Tensor whole = there(output.view(-1).view(ScalarType.Byte));
        Tensor mine = there(input.view(-1).view(ScalarType.Byte));
        await(call, mine, () -> backend._allgather_base(whole, mine));
        back(whole, output.view(-1).view(ScalarType.Byte));
        return mine.numel() * (size - 1);
    }

    @Override
    public long broadcast(Running call, Tensor tensor, int root) {
        Tensor values = there(tensor);
        BroadcastOptions from = new BroadcastOptions().rootRank(root);
        await(call, values, () -> backend.broadcast(new TensorVector(values), from));
        back(values, tensor);
        return rank == root ? tensor.numel() * tensor.element_size() : 0;
    }

    @Override
    public long barrier(Running call) {
        // NCCL's own barrier guesses on which GPU to wait.
        Tensor mine = device.zeros(ScalarType.Byte, 1);
        Tensor all = empty(mine, size);
        await(call, mine, () -> backend._allgather_base(all, mine));
        return 0;
    }

    @Override
    public void interrupt() {
        // Lets kernels that wait for a lost peer end, so that the process can.
        backend.abort();
    }

    @Override
    public String describe() {
        return name;
    }

    @Override
    public void close() {
        backend.close();
        options.close();
    }
}
