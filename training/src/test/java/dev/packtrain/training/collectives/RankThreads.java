package dev.packtrain.training.collectives;

import dev.packtrain.training.device.ComputeDevice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** Ranks that are threads of this process and meet on loopback. */
final class RankThreads {
    static final String HOST = "127.0.0.1";

    private RankThreads() {}

    /** What a rank does. */
    @FunctionalInterface
    interface Body<T> {
        T run(ProcessGroup world, GroupFactory factory) throws Exception;
    }

    /** What each rank's body returned, in their order. */
    static <T> List<T> run(int size, Duration timeout, UnaryOperator<GroupFactory> link, Body<T> body)
            throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(size);
        RankStore listening = RankStore.listen(HOST, timeout);
        try {
            List<Future<T>> futures = new ArrayList<>();
            for (int r = 0; r < size; r++) {
                int rank = r;
                futures.add(threads.submit(() -> {
                    RankStore store = rank == 0 ? listening : RankStore.connect(HOST, listening.port(), timeout);
                    try (GroupFactory factory =
                                    link.apply(GroupFactory.of(store, rank, size, HOST, ComputeDevice.CPU, timeout));
                            ProcessGroup world = factory.world()) {
                        T result = body.run(world, factory);
                        // Rank 0 keeps the store: it leaves last, whether the others could end well or not.
                        if (rank == 0) {
                            awaitOthers(futures, rank);
                        }
                        return result;
                    }
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get(60, TimeUnit.SECONDS));
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }

    /** Returns how many failed; the test reads why from the futures themselves. */
    private static <T> int awaitOthers(List<Future<T>> futures, int self) throws Exception {
        int failures = 0;
        for (int r = 0; r < futures.size(); r++) {
            if (r != self) {
                try {
                    futures.get(r).get(60, TimeUnit.SECONDS);
                } catch (ExecutionException e) {
                    failures++;
                }
            }
        }
        return failures;
    }
}
