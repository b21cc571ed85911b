package dev.packtrain.training.parallel;

import dev.packtrain.training.collectives.GroupFactory;
import dev.packtrain.training.collectives.PeerLostException;
import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.collectives.RankStore;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TorchRuntime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** The ranks of one group as threads of this process, which meet on loopback and stay for many cases. */
public final class RankThreads implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final List<ExecutorService> threads = new ArrayList<>();
    private final List<GroupFactory> factories = new ArrayList<>();
    private final List<ProcessGroup> groups;

    /** Starts {@code size} ranks. */
    public RankThreads(int size) {
        TorchRuntime.start(1);
        RankStore listening = RankStore.listen(HOST, TIMEOUT);
        for (int rank = 0; rank < size; rank++) {
            threads.add(Executors.newSingleThreadExecutor());
            RankStore store = rank == 0 ? listening : RankStore.connect(HOST, listening.port(), TIMEOUT);
            factories.add(GroupFactory.of(store, rank, size, HOST, ComputeDevice.CPU, TIMEOUT));
        }
        groups = all(rank -> {
            TorchRuntime.start(1);
            return factories.get(rank).world();
        });
    }

    /** What {@code body} gives on every rank, each on the thread of its rank. */
    public <T> List<T> onEach(Function<ProcessGroup, T> body) {
        return all(rank -> body.apply(groups.get(rank)));
    }

    private <T> List<T> all(Function<Integer, T> body) {
        List<Future<T>> futures = new ArrayList<>();
        for (int rank = 0; rank < threads.size(); rank++) {
            int here = rank;
            futures.add(threads.get(rank).submit(() -> body.apply(here)));
        }
        List<T> results = new ArrayList<>();
        List<Throwable> failures = new ArrayList<>();
        for (Future<T> future : futures) {
            try {
                results.add(future.get());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
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

    @Override
    public void close() {
        groups.forEach(ProcessGroup::close);
        factories.forEach(GroupFactory::close);
        threads.forEach(ExecutorService::shutdown);
    }
}
