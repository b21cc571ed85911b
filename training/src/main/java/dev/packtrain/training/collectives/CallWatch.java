package dev.packtrain.training.collectives;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Watches the running calls of a rank. A call that takes long is compared with what the other ranks say about
 * themselves, and fails with one sentence as soon as it is clear that it cannot end: a rank has called something else,
 * has ended, has left, gives no sign of life, or the deadline has passed.
 *
 * <p>Time is counted in looks, none of more than a second: a job that was suspended as a whole does not find everybody
 * late when it goes on.
 */
final class CallWatch implements AutoCloseable {
    private static final long LOOK_MILLIS = 200;
    private static final long LONGEST_LOOK_MILLIS = 1_000;
    private static final long SLOW_MILLIS = 600;
    private static final long SETTLE_MILLIS = 2_500;

    private final Map<String, CollectiveLog> logs = new ConcurrentHashMap<>();
    private final StatusBoard board;
    private final Duration timeout;
    private final Duration silence;
    private final Silence quiet = new Silence();
    private final Thread thread;
    private volatile boolean closing;

    /**
     * Starts watching.
     *
     * @param store a connection of its own; closed together with the watch
     * @param rank this process
     * @param timeout deadline of every call
     * @param silence after which a rank without a sign of life is lost, while a call waits
     */
    CallWatch(RankStore store, int rank, Duration timeout, Duration silence) {
        this.timeout = timeout;
        this.silence = silence;
        this.board = new StatusBoard(store, rank, HostIdentity.own(), this::logs);
        thread = new Thread(this::run, "watch of collectives");
        thread.setDaemon(true);
        thread.start();
    }

    private Collection<CollectiveLog> logs() {
        return logs.values();
    }

    void add(CollectiveLog log) {
        if (logs.putIfAbsent(log.key(), log) != null) {
            throw new IllegalArgumentException(
                    "group %s of ranks %s exists already".formatted(log.group(), log.ranks()));
        }
        // Who they are is to be known before one of them, or the store, is gone.
        board.ask(log.ranks());
    }

    void remove(CollectiveLog log) {
        logs.remove(log.key());
    }

    HostIdentity here() {
        return board.here();
    }

    private void run() {
        long before = System.nanoTime();
        while (!closing) {
            try {
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
            long now = System.nanoTime();
            look(Math.min(TimeUnit.NANOSECONDS.toMillis(now - before), LONGEST_LOOK_MILLIS));
            before = now;
        }
    }

    private void look(long millis) {
        boolean anySlow = false;
        for (CollectiveLog log : logs.values()) {
            Optional<Running> running = log.running();
            if (running.isPresent()) {
                long age = running.get().grow(millis);
                if (age >= Math.min(SLOW_MILLIS, timeout.toMillis() / 2)) {
                    anySlow = true;
                    board.ask(log.ranks());
                    judge(log, running.get(), age);
                }
            }
        }
        quiet.look(board, anySlow ? millis : 0);
    }

    private void judge(CollectiveLog log, Running running, long age) {
        Diagnosis diagnosis = diagnosis(log, running);
        Optional<String> sentence = diagnosis.hopeless().or(() -> board.lost().map(diagnosis::storeLost));
        if (sentence.isEmpty()) {
            sentence = silent(log, diagnosis);
        }
        if (sentence.isEmpty() && age > timeout.toMillis()) {
            sentence = Optional.of(diagnosis.late(timeout));
        }
        sentence.ifPresent(text -> log.fail(running, text));
    }

    private Diagnosis diagnosis(CollectiveLog log, Running running) {
        return new Diagnosis(log, running.call(), board.here(), board.reports());
    }

    private Optional<String> silent(CollectiveLog log, Diagnosis diagnosis) {
        if (quiet.ofBoard() > silence.toMillis()) {
            return Optional.of(diagnosis.storeLost("no answer for " + silence.toSeconds() + " s"));
        }
        for (int rank : log.ranks()) {
            if (quiet.of(rank) > silence.toMillis()) {
                return Optional.of(diagnosis.silent(rank, silence));
            }
        }
        return Optional.empty();
    }

    /**
     * A transport has given up on a call: the reason to tell. Waits a little for the reports that explain it.
     *
     * @param reason what the transport said
     */
    PeerLostException explain(CollectiveLog log, Running running, LinkException reason) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SETTLE_MILLIS);
        while (running.failure().isEmpty() && System.nanoTime() < until) {
            board.ask(log.ranks());
            Diagnosis diagnosis = diagnosis(log, running);
            diagnosis
                    .hopeless()
                    .or(() -> board.lost().map(diagnosis::storeLost))
                    .ifPresent(running::fail);
            try {
                TimeUnit.MILLISECONDS.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        running.fail(diagnosis(log, running).failed(reason.getMessage()));
        return new PeerLostException(running.failure().orElseThrow(), reason);
    }

    @Override
    public void close() {
        closing = true;
        thread.interrupt();
        board.close();
    }

    /** How long ranks have given no sign of life, and the store no answer, while a call waited. */
    private static final class Silence {
        private final Map<Integer, Long> beats = new HashMap<>();
        private final Map<Integer, Long> millis = new HashMap<>();
        private long rounds;
        private long boardMillis;
        private long sinceRound;

        void look(StatusBoard board, long passed) {
            if (passed == 0) {
                beats.clear();
                millis.clear();
                boardMillis = 0;
                sinceRound = 0;
                return;
            }
            sinceRound += passed;
            if (board.rounds() == rounds) {
                boardMillis += passed;
                return;
            }
            rounds = board.rounds();
            boardMillis = 0;
            board.reports().forEach((rank, report) -> {
                Long before = beats.put(rank, report.beat());
                boolean same = before != null && before == report.beat();
                millis.put(rank, same ? of(rank) + sinceRound : 0);
            });
            sinceRound = 0;
        }

        long of(int rank) {
            return millis.getOrDefault(rank, 0L);
        }

        long ofBoard() {
            return boardMillis;
        }
    }
}
