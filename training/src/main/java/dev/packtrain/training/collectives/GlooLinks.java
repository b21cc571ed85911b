package dev.packtrain.training.collectives;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.global.torch_gloo;

/**
 * TCP connections between every two ranks: libtorch's Gloo backend, of which only sending and receiving is used. Messages
 * carry the call's signature as their tag, so those of different calls never meet.
 */
final class GlooLinks implements AutoCloseable {
    // The watch is to be the first that gives up, because it knows why.
    private static final Duration MARGIN = Duration.ofSeconds(30);

    private final ProcessGroupGloo.Options options;
    private final ProcessGroupGloo gloo;
    private final Deque<Work> active = new ArrayDeque<>();
    private boolean interrupted;

    /**
     * Connects; returns when every rank is connected to every other.
     *
     * @param meeting at which all are known to be
     * @param host address of this host on which the others reach it
     */
    GlooLinks(GroupMeeting meeting, String host) {
        Loader.load(torch_gloo.class);
        options = new ProcessGroupGloo.Options(
                new Milliseconds(meeting.timeout().plus(MARGIN).toMillis()));
        options.devices(new GlooDeviceVector(ProcessGroupGloo.createDeviceForHostname(host)));
        try {
            gloo = new ProcessGroupGloo(meeting.store().torch(), meeting.rank(), meeting.size(), options);
        } catch (RuntimeException e) {
            options.close();
            throw new PeerLostException(
                    "the %d ranks could not connect to each other: %s."
                            .formatted(meeting.size(), TorchMessage.firstLine(e)),
                    e);
        }
    }

    /** Starts to send; the memory stays as it is until {@link #await}. */
    Work send(Running call, Tensor bytes, int to) {
        return begin(call, () -> gloo.send(new TensorVector(bytes), to, tag(call)));
    }

    /** Starts to receive. */
    Work receive(Running call, Tensor bytes, int from) {
        return begin(call, () -> gloo.recv(new TensorVector(bytes), from, tag(call)));
    }

    private static int tag(Running call) {
        long signature = call.call().signature();
        return (int) (signature ^ (signature >>> 32)) & Integer.MAX_VALUE;
    }

    private Work begin(Running call, Supplier<Work> start) {
        Work work;
        try {
            work = start.get();
        } catch (RuntimeException e) {
            throw new LinkException(e);
        }
        synchronized (active) {
            active.add(work);
            if (interrupted) {
                call.check();
            }
        }
        return work;
    }

    /** Returns when it is sent or received. */
    void await(Running call, Work work) {
        boolean completed = waitFor(work);
        synchronized (active) {
            active.remove(work);
        }
        if (!completed) {
            call.check();
            throw new IllegalStateException("a message was given up");
        }
    }

    private static boolean waitFor(Work work) {
        try {
            return work._wait();
        } catch (RuntimeException e) {
            throw new LinkException(e);
        }
    }

    /** To be called when a call has ended, however: its works are about to be freed. */
    void forget() {
        synchronized (active) {
            active.clear();
        }
    }

    /** Ends all waits, now and later. */
    void interrupt() {
        synchronized (active) {
            interrupted = true;
            active.forEach(Work::abort);
        }
    }

    @Override
    public void close() {
        gloo.close();
        options.close();
    }
}
