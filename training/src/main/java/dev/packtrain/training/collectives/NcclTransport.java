package dev.packtrain.training.collectives;

import dev.packtrain.kernels.RankReduction.Operation;
import dev.packtrain.kernels.ReductionType;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.BroadcastOptions;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.bytedeco.pytorch.global.torch_nccl;
import org.bytedeco.pytorch.nccl.ProcessGroupNCCL;

/**
 * Ranks with a GPU each: libtorch's NCCL backend, of which only what moves data is used. Sums are made here, in the order
 * of the ranks and in fp32, because NCCL would round bf16 at every rank on the way. Needs the {@code gpu} build.
 *
 * <p>A call is done when the GPU has done it. Unproven: it compiles against the presets, but has not run between GPUs yet.
 */
final class NcclTransport implements Transport {
    // The watch is to be the first that gives up, because it knows why.
    private static final Duration MARGIN = Duration.ofSeconds(60);
    private static final long LOOK_NANOS = 20_000;
    private static final long SMALL_BYTES = 256 << 10;
    private static final long SEGMENT_BYTES = 64L << 20;

    private final ProcessGroupNCCL.Options options;
    private final ProcessGroupNCCL nccl;
    private final int rank;
    private final int size;

    /**
     * Joins.
     *
     * @param meeting at which all ranks are known to be, each with a GPU of its own
     */
    NcclTransport(GroupMeeting meeting) {
        Loader.load(torch_nccl.class);
        rank = meeting.rank();
        size = meeting.size();
        options = new ProcessGroupNCCL.Options();
        options.timeout(new Milliseconds(meeting.timeout().plus(MARGIN).toMillis()));
        try {
            nccl = new ProcessGroupNCCL(meeting.store().torch(), rank, size, options);
        } catch (RuntimeException e) {
            options.close();
            throw new PeerLostException(
                    "NCCL could not connect the %d ranks: %s.".formatted(size, TorchMessage.firstLine(e)), e);
        }
    }

    private static void await(Running call, Supplier<Work> start) {
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

    private static Tensor empty(Tensor like, long... shape) {
        return TensorFactory.like(like).empty(like.scalar_type().intern(), shape);
    }

    /** Rows of {@code parts[n, k]} reduced to {@code output[k]}. */
    private void reduce(Tensor parts, Tensor output, Operation operation) {
        boolean narrow = ScalarTypes.reduction(parts) == ReductionType.BF16;
        Tensor result = parts.select(0, 0)
                .to(narrow ? ScalarType.Float : parts.scalar_type().intern());
        for (int r = 1; r < size; r++) {
            Tensor next = parts.select(0, r);
            result = operation == Operation.SUM ? result.add(next) : torch.maximum(result, next);
        }
        output.copy_(result);
    }

    @Override
    public long allReduce(Running call, Tensor tensor, Operation operation) {
        Tensor flat = tensor.detach().view(-1);
        long bytes = tensor.numel() * tensor.element_size();
        if (bytes <= SMALL_BYTES) {
            Tensor parts = empty(flat, size, flat.numel());
            await(call, () -> nccl._allgather_base(parts, flat));
            reduce(parts, flat, operation);
            return bytes * (size - 1);
        }
        long segment = SEGMENT_BYTES / tensor.element_size();
        for (long from = 0; from < flat.numel(); from += segment) {
            Tensor piece = flat.narrow(0, from, Math.min(segment, flat.numel() - from));
            TensorScope.run(() -> allReduceSegment(call, piece, operation));
        }
        return 2 * bytes * (size - 1) / size;
    }

    private void allReduceSegment(Running call, Tensor piece, Operation operation) {
        long part = (piece.numel() + size - 1) / size;
        Tensor padded = piece;
        if (part * size != piece.numel()) {
            padded = TensorFactory.like(piece).zeros(piece.scalar_type().intern(), part * size);
            padded.narrow(0, 0, piece.numel()).copy_(piece);
        }
        Tensor whole = padded;
        Tensor parts = empty(piece, size, part);
        await(call, () -> nccl.alltoall_base(parts, whole.view(size, -1), new LongVector(), new LongVector()));
        Tensor mine = empty(piece, part);
        reduce(parts, mine, operation);
        await(call, () -> nccl._allgather_base(whole, mine));
        if (part * size != piece.numel()) {
            piece.copy_(whole.narrow(0, 0, piece.numel()));
        }
    }

    @Override
    public long reduceScatter(Running call, Tensor input, Tensor output) {
        Tensor parts = empty(input, size, output.numel());
        await(call, () -> nccl.alltoall_base(parts, input.detach().view(size, -1), new LongVector(), new LongVector()));
        reduce(parts, output.detach().view(-1), Operation.SUM);
        return input.numel() * input.element_size() * (size - 1) / size;
    }

    @Override
    public long allGather(Running call, Tensor input, Tensor output) {
        Tensor whole = output.detach().view(-1).view(ScalarType.Byte);
        Tensor mine = input.detach().view(-1).view(ScalarType.Byte);
        await(call, () -> nccl._allgather_base(whole, mine));
        return mine.numel() * (size - 1);
    }

    @Override
    public long broadcast(Running call, Tensor tensor, int root) {
        BroadcastOptions from = new BroadcastOptions().rootRank(root);
        await(call, () -> nccl.broadcast(new TensorVector(tensor), from));
        return rank == root ? tensor.numel() * tensor.element_size() : 0;
    }

    @Override
    public long barrier(Running call) {
        await(call, nccl::barrier);
        return 0;
    }

    @Override
    public void interrupt() {
        // Lets kernels that wait for a lost peer end, so that the process can.
        nccl.abort();
    }

    @Override
    public String describe() {
        return "NCCL";
    }

    @Override
    public void close() {
        nccl.close();
        options.close();
    }
}
