package dev.packtrain.training.collectives;

import dev.packtrain.training.device.ComputeDevice;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Makes the process groups of one rank: the world, and groups of some of its ranks. Every rank of a group asks for it,
 * with the same name and the same ranks; ranks that are in several groups ask for them in the same order.
 *
 * <p>Ranks of one host share memory if their tensors are on the CPU; others use TCP. Ranks with GPUs use NCCL.
 */
public final class GroupFactory implements AutoCloseable {
    private static final Duration SILENCE = Duration.ofSeconds(30);
    private static final Duration MARGIN = Duration.ofSeconds(40);

    private final RankStore store;
    private final int rank;
    private final int size;
    private final String host;
    private final ComputeDevice device;
    private final Duration timeout;
    private final Duration silence;
    private CallWatch watch;
    private Optional<Function<GroupMeeting, Transport>> chosen = Optional.empty();

    /**
     * For a rank of a run.
     *
     * @param store of the run; closed together with the factory
     * @param rank this process, 0-based
     * @param size number of processes
     * @param host address of this host on which the others reach it
     * @param device what the tensors live on
     * @param timeout deadline of joining and of every collective; a rank that gives no sign of life for 30 s while a
     *     collective waits for it is lost, however long the deadline
     */
    public static GroupFactory of(
            RankStore store, int rank, int size, String host, ComputeDevice device, Duration timeout) {
        return new GroupFactory(store, rank, size, host, device, timeout, SILENCE);
    }

    /**
     * The same, with a limit of its own for silence.
     *
     * @param silence a rank that gives no sign of life for so long while a collective waits for it is lost; at least 5 s
     */
    GroupFactory(
            RankStore store,
            int rank,
            int size,
            String host,
            ComputeDevice device,
            Duration timeout,
            Duration silence) {
        this.store = store;
        this.rank = rank;
        this.size = size;
        this.host = host;
        this.device = device;
        this.timeout = timeout;
        this.silence = silence;
    }

    /** From now on ranks of one host use TCP too: every rank has to say so. For tests and measurements. */
    public GroupFactory overTcp() {
        return over(meeting -> tcp(meeting, "it was asked for"));
    }

    /** From now on ranks are connected like this, whatever they could have. For tests. */
    GroupFactory over(Function<GroupMeeting, Transport> connection) {
        chosen = Optional.of(connection);
        return this;
    }

    /** The group of all ranks; to be asked for once. */
    public ProcessGroup world() {
        return group("world", IntStream.range(0, size).boxed().toList());
    }

    /**
     * A group of some ranks, the caller's to close. Of one rank: {@link SingleProcessGroup}.
     *
     * @param name such as {@code "tensor"}; together with the ranks it is asked for once
     * @param ranks of the world, rising, with this one
     * @throws PeerLostException if they do not all meet within the deadline
     * @throws dev.packtrain.packing.BadInputException if two of them would use one GPU
     */
    public ProcessGroup group(String name, List<Integer> ranks) {
        int mine = ranks.indexOf(rank);
        if (mine < 0) {
            throw new IllegalArgumentException(
                    "rank %d is not among the ranks %s of group %s".formatted(rank, ranks, name));
        }
        if (ranks.size() == 1) {
            return new SingleProcessGroup();
        }
        if (watch == null) {
            watch = new CallWatch(store.under("status/"), rank, timeout, silence);
        }
        return inTime(name, () -> join(name, ranks, mine));
    }

    private ProcessGroup join(String name, List<Integer> ranks, int mine) {
        try (GroupMeeting meeting = new GroupMeeting(name, store.under(name + ranks + "/"), ranks, mine, timeout)) {
            Transport transport =
                    chosen.map(connection -> connection.apply(meeting)).orElseGet(() -> fastest(meeting, ranks));
            return new RankGroup(name, ranks, mine, transport, watch);
        }
    }

    private Transport fastest(GroupMeeting meeting, List<Integer> ranks) {
        return switch (device.kind()) {
            case CPU -> cpuTransport(meeting);
            case CUDA -> gpuTransport(meeting, ranks);
        };
    }

    private Transport cpuTransport(GroupMeeting meeting) {
        SharedMemoryMeeting.Outcome outcome = new SharedMemoryMeeting(meeting, watch.here()).meet();
        Optional<SharedWindows> windows = outcome.windows();
        return windows.isPresent()
                ? new SharedMemoryTransport(windows.get(), meeting.rank(), meeting.size())
                : tcp(meeting, outcome.reason());
    }

    private Transport tcp(GroupMeeting meeting, String reason) {
        meeting.say("here", "yes");
        return new GlooTransport(new GlooLinks(meeting, host), meeting.rank(), meeting.size(), reason);
    }

    private Transport gpuTransport(GroupMeeting meeting, List<Integer> ranks) {
        String gpu = GpuIdentity.of(device.index());
        GpuIdentity.requireDistinct(ranks, meeting.say("gpu", gpu));
        return Nccl.connect(meeting, device);
    }

    /** A store that does not answer at all blocks inside libtorch: then it is a thread of its own that hangs. */
    private <T> T inTime(String name, Supplier<T> joining) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        result.complete(joining.get());
                    } catch (RuntimeException | Error e) {
                        result.completeExceptionally(e);
                    }
                },
                "joining group " + name);
        thread.setDaemon(true);
        thread.start();
        try {
            return result.get(timeout.plus(MARGIN).toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof PeerLostException lost) {
                throw new PeerLostException(lost.getMessage(), lost);
            }
            if (e.getCause() instanceof RuntimeException other) {
                throw other;
            }
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new PeerLostException(
                    "group %s could not be joined: rank 0, which keeps the run's store, does not answer."
                            .formatted(name),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while ranks meet", e);
        }
    }

    /** Says that this rank leaves, and leaves the store. The groups are closed already. */
    @Override
    public void close() {
        if (watch != null) {
            watch.close();
        }
        store.close();
    }
}
