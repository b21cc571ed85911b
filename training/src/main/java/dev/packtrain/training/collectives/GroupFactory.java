package dev.packtrain.training.collectives;

import dev.packtrain.training.device.ComputeDevice;
import java.time.Duration;
import java.util.List;

/**
 * Makes the process groups of one rank: the world, and groups of some of its ranks. Every rank of a group asks for it,
 * with the same name and the same ranks; ranks that are in several groups ask for them in the same order.
 */
public final class GroupFactory implements AutoCloseable {
    private final RankStore store;
    private final int rank;
    private final int size;
    private final String host;
    private final ComputeDevice device;
    private final Duration timeout;

    private GroupFactory(RankStore store, int rank, int size, String host, ComputeDevice device, Duration timeout) {
        this.store = store;
        this.rank = rank;
        this.size = size;
        this.host = host;
        this.device = device;
        this.timeout = timeout;
    }

    /**
     * For a rank of a run.
     *
     * @param store of the run; closed together with the factory
     * @param rank this process, 0-based
     * @param size number of processes
     * @param host address of this host on which the others reach it
     * @param device what the tensors live on
     * @param timeout deadline of joining and of every collective
     */
    public static GroupFactory of(
            RankStore store, int rank, int size, String host, ComputeDevice device, Duration timeout) {
        return new GroupFactory(store, rank, size, host, device, timeout);
    }

    /** The group of all ranks; to be asked for once. */
    public ProcessGroup world() {
        return group("world", java.util.stream.IntStream.range(0, size).boxed().toList());
    }

    /**
     * A group of some ranks, the caller's to close. Of one rank: {@link SingleProcessGroup}.
     *
     * @param name such as {@code "tensor"}; together with the ranks it is asked for once
     * @param ranks of the world, rising, with this one
     * @throws PeerLostException if they do not all meet within the deadline
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
        BackendProcessGroup.Member member =
                new BackendProcessGroup.Member(name, store.under(name + ranks + "/"), mine, ranks.size(), timeout);
        return switch (device.kind()) {
            case CPU -> new GlooProcessGroup(member, host);
            case CUDA -> new NcclProcessGroup(member);
        };
    }

    /** Leaves the store. The groups are closed already. */
    @Override
    public void close() {
        store.close();
    }
}
