package dev.packtrain.training.collectives;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * What the ranks say about themselves, in the store of the run. A thread of its own publishes this rank's report every
 * two seconds, and reads the others' when asked to: a store that does not answer holds up this thread alone.
 */
final class StatusBoard implements AutoCloseable {
    private static final long BEAT_MILLIS = 2_000;
    private static final long SHORTEST_PAUSE_MILLIS = 150;
    private static final long CLOSING_MILLIS = 3_000;

    private final RankStore store;
    private final int rank;
    private final HostIdentity here;
    private final Supplier<Collection<CollectiveLog>> logs;
    private final Map<Integer, PeerReport> reports = new ConcurrentHashMap<>();
    private final Set<Integer> asked = ConcurrentHashMap.newKeySet();
    private final Semaphore wake = new Semaphore(0);
    private final Semaphore stop = new Semaphore(0);
    private final AtomicLong rounds = new AtomicLong();
    private final Thread thread;
    private volatile String lost;
    private volatile boolean closing;
    private long beat;
    private int numRead;

    /**
     * Publishes the first report and starts the thread.
     *
     * @param store a connection of its own; closed together with the board
     * @param rank this process
     * @param logs of the groups that it is in
     */
    StatusBoard(RankStore store, int rank, HostIdentity here, Supplier<Collection<CollectiveLog>> logs) {
        this.store = store;
        this.rank = rank;
        this.here = here;
        this.logs = logs;
        publish();
        thread = new Thread(this::run, "status board");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            while (!closing) {
                publish();
                read();
                rounds.incrementAndGet();
                // Together, many ranks that wait for each other must not be too much for the store.
                long pause = Math.max(SHORTEST_PAUSE_MILLIS, Math.min(BEAT_MILLIS, (long) numRead * numRead));
                stop.tryAcquire(pause, TimeUnit.MILLISECONDS);
                wake.tryAcquire(BEAT_MILLIS - pause, TimeUnit.MILLISECONDS);
                wake.drainPermits();
            }
            publish();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            lost = TorchMessage.firstLine(e);
        }
    }

    private void read() {
        numRead = 0;
        for (int peer : asked) {
            store.find(key(peer)).ifPresent(text -> {
                reports.put(peer, PeerReport.parse(text));
                asked.remove(peer);
            });
            numRead++;
        }
    }

    private void publish() {
        store.put(key(rank), PeerReport.of(++beat, closing, here, logs.get()).toText());
    }

    private static String key(int rank) {
        return Integer.toString(rank);
    }

    /** Publishes, and reads the reports of these ranks once, soon. */
    void ask(Collection<Integer> ranks) {
        asked.addAll(ranks);
        asked.remove(rank);
        wake.release();
    }

    /** The reports that were read last, by rank. */
    Map<Integer, PeerReport> reports() {
        return reports;
    }

    /** How often it has read so far. */
    long rounds() {
        return rounds.get();
    }

    /** Why the store cannot be used any more. */
    Optional<String> lost() {
        return Optional.ofNullable(lost);
    }

    HostIdentity here() {
        return here;
    }

    /** Says that this rank leaves. A store that does not answer is given up. */
    @Override
    public void close() {
        closing = true;
        stop.release();
        wake.release();
        try {
            thread.join(CLOSING_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!thread.isAlive()) {
            store.close();
        }
    }
}
