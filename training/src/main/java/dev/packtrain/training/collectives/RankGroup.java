package dev.packtrain.training.collectives;

import dev.packtrain.kernels.RankReduction.Operation;
import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorScope;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Several ranks: checks, numbers and orders the calls, and lets a transport do them. */
final class RankGroup implements ProcessGroup {
    private final CollectiveLog log;
    private final int rank;
    private final Transport transport;
    private final CallWatch watch;
    private final CallThread thread;
    private volatile Traffic traffic = Traffic.NONE;
    private volatile String broken;
    private long number;

    /**
     * Takes its place.
     *
     * @param name such as {@code "tensor"}
     * @param ranks of the world
     * @param rank this process's place in {@code ranks}
     * @param transport closed together with the group
     * @param watch of this process
     */
    RankGroup(String name, List<Integer> ranks, int rank, Transport transport, CallWatch watch) {
        this.rank = rank;
        this.transport = transport;
        this.watch = watch;
        this.log = new CollectiveLog(name, ranks, transport::interrupt);
        this.thread = new CallThread("collectives of group " + name);
        watch.add(log);
    }

    @Override
    public String name() {
        return log.group();
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return log.ranks().size();
    }

    @Override
    public Traffic traffic() {
        return traffic;
    }

    /** For people: how the ranks reach each other. */
    String describeTransport() {
        return transport.describe();
    }

    /** The work of a call; returns the bytes that this rank sent. */
    @FunctionalInterface
    private interface Body {
        long run(Running running);
    }

    private CollectiveCall call(CollectiveKind kind, String what, Tensor input) {
        return new CollectiveCall(++number, kind, what, input.numel(), ScalarTypes.name(input));
    }

    private void run(CollectiveCall call, Body body) {
        if (broken != null) {
            throw new PeerLostException(broken, null);
        }
        Running running = log.begin(call);
        try {
            long sent = TensorScope.value(() -> body.run(running));
            traffic = traffic.plus(Traffic.of(call.kind(), sent));
        } catch (LinkException e) {
            PeerLostException lost = watch.explain(log, running, e);
            broken = lost.getMessage();
            throw lost;
        } catch (RuntimeException e) {
            broken = e.getMessage();
            throw e;
        } finally {
            log.end();
        }
    }

    /** Runs in the calling thread, once all that was started before has ended. */
    private void now(CollectiveCall call, Body body) {
        thread.drain();
        run(call, body);
    }

    private Pending later(CollectiveCall call, Kept tensors, Body body) {
        return thread.start(tensors, () -> run(call, body));
    }

    @Override
    public void allReduceSum(Tensor tensor, String what) {
        checkSummed(tensor, what);
        now(call(CollectiveKind.ALL_REDUCE, what, tensor), r -> transport.allReduce(r, tensor, Operation.SUM));
    }

    @Override
    public Pending startAllReduceSum(Tensor tensor, String what) {
        checkSummed(tensor, what);
        Kept tensors = new Kept();
        Tensor held = tensors.keep(new Tensor(tensor));
        return later(
                call(CollectiveKind.ALL_REDUCE, what, tensor),
                tensors,
                r -> transport.allReduce(r, held, Operation.SUM));
    }

    @Override
    public void allReduceMax(Tensor tensor, String what) {
        checkSummed(tensor, what);
        now(call(CollectiveKind.ALL_REDUCE_MAX, what, tensor), r -> transport.allReduce(r, tensor, Operation.MAX));
    }

    @Override
    public void reduceScatterSum(Tensor input, Tensor output, String what) {
        checkParts(input, output, what);
        now(call(CollectiveKind.REDUCE_SCATTER, what, input), r -> transport.reduceScatter(r, input, output));
    }

    @Override
    public Pending startReduceScatterSum(Tensor input, Tensor output, String what) {
        checkParts(input, output, what);
        Kept tensors = new Kept();
        Tensor from = tensors.keep(new Tensor(input));
        Tensor to = tensors.keep(new Tensor(output));
        return later(
                call(CollectiveKind.REDUCE_SCATTER, what, input), tensors, r -> transport.reduceScatter(r, from, to));
    }

    @Override
    public void allGather(Tensor input, Tensor output, String what) {
        checkWhole(input, output, what);
        now(call(CollectiveKind.ALL_GATHER, what, input), r -> transport.allGather(r, input, output));
    }

    @Override
    public Pending startAllGather(Tensor input, Tensor output, String what) {
        checkWhole(input, output, what);
        Kept tensors = new Kept();
        Tensor from = tensors.keep(new Tensor(input));
        Tensor to = tensors.keep(new Tensor(output));
        return later(call(CollectiveKind.ALL_GATHER, what, input), tensors, r -> transport.allGather(r, from, to));
    }

    @Override
    public void broadcast(Tensor tensor, int root, String what) {
        TensorChecks.contiguous(tensor, what);
        if (root < 0 || root >= size()) {
            throw new IllegalArgumentException("%s: no rank %d of %d".formatted(what, root, size()));
        }
        now(call(CollectiveKind.BROADCAST, what, tensor), r -> transport.broadcast(r, tensor, root));
    }

    @Override
    public List<byte[]> exchange(byte[] mine, String what) {
        return TensorScope.value(() -> Messages.exchange(this, mine, what));
    }

    @Override
    public void barrier(String what) {
        now(new CollectiveCall(++number, CollectiveKind.BARRIER, what, 0, ""), transport::barrier);
    }

    private static void checkSummed(Tensor tensor, String what) {
        TensorChecks.contiguous(tensor, what);
        ScalarTypes.reduction(tensor);
    }

    private void checkParts(Tensor input, Tensor output, String what) {
        TensorChecks.parts(input, output, size(), what);
        TensorChecks.sumInto(input, output, what);
    }

    private void checkWhole(Tensor input, Tensor output, String what) {
        TensorChecks.parts(output, input, size(), what);
        TensorChecks.sameType(input, output, what);
    }

    @Override
    public void close() {
        log.running()
                .ifPresent(running ->
                        log.fail(running, running.call().describe() + " was given up: its group was closed."));
        thread.close();
        // What a rank called last is what the others need to know if it did not end well.
        if (broken == null) {
            watch.remove(log);
        }
        transport.close();
    }
}
