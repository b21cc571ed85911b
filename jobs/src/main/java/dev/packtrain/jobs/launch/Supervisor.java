package dev.packtrain.jobs.launch;

import dev.packtrain.training.launch.LaunchSpec;
import dev.packtrain.training.launch.Rendezvous;
import dev.packtrain.training.launch.TrainerEvent;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Leads one training process from its start to its end: hands over the spec, lets it meet the others, passes its events
 * on, and ends it when it is told to or when it goes silent. Knows nothing of Spark.
 */
final class Supervisor {
    private static final long POLL_MILLIS = 100;
    private static final int EXIT_SECONDS = 60;

    /** Thrown when the task was killed; the child is gone by then. */
    static final class CancelledException extends RuntimeException {
        CancelledException() {
            super("the task was killed");
        }
    }

    /** Lets the ranks meet: rank 0 publishes where its store listens, everyone learns it. */
    @FunctionalInterface
    interface Meeting {
        /** Blocks until every rank is ready. */
        Rendezvous meet(int storePort);
    }

    private final TrainerProcess process;
    private final LaunchSpec spec;
    private final RankPlan.Deadlines deadlines;
    private final BooleanSupplier cancelled;
    private final Consumer<TrainerEvent> events;
    private final OomKills oomKills;
    private int step;
    private long lastWork = System.nanoTime();
    /** Empty until the first, because a process needs its time to start. */
    private OptionalLong lastAlive = OptionalLong.empty();

    Supervisor(
            TrainerProcess process,
            LaunchSpec spec,
            RankPlan.Deadlines deadlines,
            BooleanSupplier cancelled,
            Consumer<TrainerEvent> events) {
        this(process, spec, deadlines, cancelled, events, new OomKills());
    }

    Supervisor(
            TrainerProcess process,
            LaunchSpec spec,
            RankPlan.Deadlines deadlines,
            BooleanSupplier cancelled,
            Consumer<TrainerEvent> events,
            OomKills oomKills) {
        this.process = process;
        this.spec = spec;
        this.deadlines = deadlines;
        this.cancelled = cancelled;
        this.events = events;
        this.oomKills = oomKills;
    }

    /**
     * Runs to the end. The child is gone when this returns or throws.
     *
     * @throws RankFailedException if the child fails, vanishes or goes silent
     * @throws CancelledException if {@code cancelled} became true, or the thread was interrupted
     */
    TrainerEvent.Finished run(Meeting meeting) {
        try (process) {
            process.send(spec);
            TrainerEvent.Ready ready = awaitReady();
            process.send(meeting.meet(ready.storePort()));
            lastWork = System.nanoTime();
            return awaitEnd();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CancelledException();
        }
    }

    private TrainerEvent.Ready awaitReady() throws InterruptedException {
        while (true) {
            Optional<TrainerEvent> event = next();
            if (event.isEmpty()) {
                throw gone();
            }
            if (event.get() instanceof TrainerEvent.Ready ready) {
                return ready;
            }
            endIfFailed(event.get());
            events.accept(event.get());
        }
    }

    private TrainerEvent.Finished awaitEnd() throws InterruptedException {
        while (true) {
            Optional<TrainerEvent> event = next();
            if (event.isEmpty()) {
                throw gone();
            }
            endIfFailed(event.get());
            events.accept(event.get());
            if (event.get() instanceof TrainerEvent.Step done) {
                step = done.step();
            } else if (event.get() instanceof TrainerEvent.Finished finished) {
                int status = process.awaitExit(EXIT_SECONDS);
                if (status != 0) {
                    throw failed(RankFailure.Kind.INTERNAL, who() + " finished its steps but " + Exit.describe(status));
                }
                return finished;
            }
        }
    }

    /** The next event; empty when the output ended. */
    private Optional<TrainerEvent> next() throws InterruptedException {
        while (true) {
            Optional<TrainerProcess.Signal> signal = process.poll(POLL_MILLIS);
            oomKills.look();
            if (cancelled.getAsBoolean()) {
                throw new CancelledException();
            }
            if (signal.isEmpty()) {
                endIfSilent();
            } else if (signal.get() instanceof TrainerProcess.Signal.Event event) {
                lastAlive = OptionalLong.of(System.nanoTime());
                if (!(event.event() instanceof TrainerEvent.Alive)) {
                    lastWork = System.nanoTime();
                    return Optional.of(event.event());
                }
            } else {
                return Optional.empty();
            }
        }
    }

    private void endIfSilent() throws InterruptedException {
        long now = System.nanoTime();
        long idle = TimeUnit.NANOSECONDS.toSeconds(now - lastWork);
        long dead = lastAlive.isPresent() ? TimeUnit.NANOSECONDS.toSeconds(now - lastAlive.getAsLong()) : 0;
        if (dead >= deadlines.aliveSeconds()) {
            // A stopped process does not hear that it is asked to end.
            process.killAtOnce();
            throw failed(
                    RankFailure.Kind.LOST,
                    "%s gave no sign of life for %d s at step %d (stopped, or its host hangs) and was killed"
                            .formatted(who(), dead, step));
        }
        if (idle >= deadlines.silenceSeconds()) {
            process.kill();
            throw failed(
                    RankFailure.Kind.LOST,
                    "%s was silent for %d s at step %d and was killed".formatted(who(), idle, step));
        }
    }

    private void endIfFailed(TrainerEvent event) throws InterruptedException {
        if (!(event instanceof TrainerEvent.Failed failure)) {
            return;
        }
        process.awaitExit(deadlines.killSeconds());
        switch (failure.kind()) {
            case USER ->
                throw new RankFailedException(new RankFailure(RankFailure.Kind.USER, failure.message(), List.of()));
            case INTERNAL ->
                throw failed(
                        RankFailure.Kind.INTERNAL,
                        "%s failed at step %d: %s".formatted(who(), step, failure.message()));
            case PEER -> {
                // Tells the driver that this rank still speaks, so that it can name the one that does not.
                events.accept(failure);
                awaitTheOthersReport();
                throw failed(
                        RankFailure.Kind.PEER,
                        "%s lost another rank at step %d: %s".formatted(who(), step, failure.message()));
            }
        }
    }

    /** The rank to blame reports at once and ends the stage, which cancels this task. */
    private void awaitTheOthersReport() throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(deadlines.peerSeconds());
        while (System.nanoTime() < deadline) {
            if (cancelled.getAsBoolean()) {
                throw new CancelledException();
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    private RankFailedException gone() throws InterruptedException {
        int status = process.awaitExit(deadlines.killSeconds());
        String sentence = Exit.byKill(status) && oomKills.wereThere()
                ? "%s was killed by the kernel at step %d, because memory ran out: its host or container has %s; %s"
                        .formatted(who(), step, HostMemory.gib(HostMemory.bytes()), HostMemory.REMEDY)
                : "%s %s at step %d".formatted(who(), Exit.describe(status), step);
        return failed(Exit.killed(status) ? RankFailure.Kind.LOST : RankFailure.Kind.INTERNAL, sentence);
    }

    private RankFailedException failed(RankFailure.Kind kind, String sentence) {
        return new RankFailedException(new RankFailure(kind, sentence, process.lastLines()));
    }

    private String who() {
        return "rank %d on host %s".formatted(spec.rank(), spec.host());
    }
}
