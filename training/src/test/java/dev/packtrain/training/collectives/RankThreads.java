package dev.packtrain.training.collectives;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TorchRuntime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** The ranks of one group as threads of this process, which meet on loopback and stay for many cases. */
public final class RankThreads implements AutoCloseable {
    static final String HOST = "127.0.0.1";

    private static final Duration TIMEOUT = Duration.ofMinutes(3);
    /** Longer than any deadline of a group here, so that the group's own error is the one seen. */
    private static final long CASE_SECONDS = 600;

    private final List<Rank> ranks = new ArrayList<>();

    /** What a rank does. */
    @FunctionalInterface
    public interface Body<T> {
        /** On the thread of the rank. */
        T run(ProcessGroup world, GroupFactory factory) throws Exception;
    }

    /** Starts {@code size} ranks that share memory. */
    public RankThreads(int size) {
        this(size, TIMEOUT, UnaryOperator.identity());
    }

    /**
     * Starts {@code size} ranks.
     *
     * @param timeout of their groups
     * @param link chooses how they are connected
     */
    RankThreads(int size, Duration timeout, UnaryOperator<GroupFactory> link) {
        TorchRuntime.start(1);
        RankStore listening = RankStore.listen(HOST, timeout);
        for (int rank = 0; rank < size; rank++) {
            RankStore store = rank == 0 ? listening : RankStore.connect(HOST, listening.port(), timeout);
            ranks.add(new Rank(link.apply(GroupFactory.of(store, rank, size, HOST, ComputeDevice.CPU, timeout))));
        }
        all(ranks, Rank::meet);
    }

    /** What {@code body} gives on every rank, in their order, each on the thread of its rank. */
    public <T> List<T> onEach(Function<ProcessGroup, T> body) {
        return run((world, factory) -> body.apply(world));
    }

    /**
     * The same, for bodies that make groups or throw checked exceptions.
     *
     * @throws AssertionError if one throws something: for the cause that is not merely the loss of a peer
     */
    public <T> List<T> run(Body<T> body) {
        return all(ranks, rank -> body.run(rank.world, rank.factory));
    }

    /** Called by a rank that leaves before the others; it is to be asked for nothing afterwards. */
    void leave(int rank) {
        ranks.get(rank).leave();
    }

    private interface Action<T> {
        T on(Rank rank) throws Exception;
    }

    private static <T> List<T> all(List<Rank> ranks, Action<T> action) {
        List<Future<T>> futures = ranks.stream()
                .map(rank -> rank.thread.submit(() -> action.on(rank)))
                .toList();
        List<T> results = new ArrayList<>();
        List<Throwable> failures = new ArrayList<>();
        for (Future<T> future : futures) {
            try {
                results.add(future.get(CASE_SECONDS, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            } catch (TimeoutException e) {
                failures.add(e);
            } catch (ExecutionException e) {
                failures.add(e.getCause());
            }
        }
        failures.stream().reduce(RankThreads::moreTelling).ifPresent(failure -> {
            throw new AssertionError(failure);
        });
        return results;
    }

    /** Where one rank fails, the others wait for it in vain. */
    private static Throwable moreTelling(Throwable first, Throwable second) {
        return first instanceof PeerLostException ? second : first;
    }

    /** Rank 0 keeps the store: it leaves last. */
    @Override
    public void close() {
        try {
            all(ranks.subList(1, ranks.size()), Rank::leave);
            all(ranks.subList(0, 1), Rank::leave);
        } finally {
            ranks.forEach(rank -> rank.thread.shutdownNow());
        }
    }

    private static final class Rank {
        private final ExecutorService thread = Executors.newSingleThreadExecutor();
        private final GroupFactory factory;
        private ProcessGroup world;
        private boolean left;

        Rank(GroupFactory factory) {
            this.factory = factory;
        }

        ProcessGroup meet() {
            TorchRuntime.start(1);
            world = factory.world();
            return world;
        }

        boolean leave() {
            if (!left) {
                left = true;
                if (world != null) {
                    world.close();
                }
                factory.close();
            }
            return left;
        }
    }
}
