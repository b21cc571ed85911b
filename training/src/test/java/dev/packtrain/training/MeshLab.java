package dev.packtrain.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.training.launch.LineProtocol;
import dev.packtrain.training.launch.Rendezvous;
import dev.packtrain.training.launch.TrainerEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Up to four living processes, each a rank-to-be with libtorch loaded, that run one case after the other: what several ranks do
 * together costs a test what it computes, not the start of processes.
 *
 * <p>A test gets the one lab of its JVM by {@code @ExtendWith(MeshLab.Shared.class)} and a parameter of this type. After a
 * case that failed on some ranks and left others waiting, the processes are started anew. Used by one thread.
 */
public final class MeshLab implements AutoCloseable {
    /** Most ranks that a case can have. */
    public static final int MAX_WORLD_SIZE = 4;

    static final String HOST = "127.0.0.1";

    private static final Duration DEADLINE = Duration.ofMinutes(10);
    /** How long the others have to end when one has failed. */
    private static final Duration GRACE = Duration.ofSeconds(5);
    /** Of collectives: less than the deadline, so that their own error is the one seen. */
    static final Duration TIMEOUT = Duration.ofMinutes(5);

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Duration deadline = DEADLINE;
    private final List<MeshLabProcess> processes = new ArrayList<>();
    private BlockingQueue<MeshLabProcess.Line> lines = new LinkedBlockingQueue<>();
    /** Of all temporary files, also of processes that are killed; null while there is no process. */
    private Path temp;

    /** A lab of a test's own. */
    MeshLab() {}

    /** From now on a case has so long, with the start of processes that it needs. */
    void deadline(Duration newDeadline) {
        deadline = newDeadline;
    }

    /** Gives tests the lab, which ends with the last of them. */
    public static final class Shared implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == MeshLab.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getStore(
                            ExtensionContext.StoreScope.LAUNCHER_SESSION,
                            ExtensionContext.Namespace.create(MeshLab.class))
                    .getOrComputeIfAbsent(MeshLab.class, key -> new MeshLab(), MeshLab.class);
        }
    }

    /**
     * What a rank did.
     *
     * @param result of its task
     * @param events that it sent, without the first
     */
    public record RankOutcome(JsonNode result, List<TrainerEvent> events) {
        /** The events of a type. */
        public <T extends TrainerEvent> List<T> events(Class<T> type) {
            return events.stream().filter(type::isInstance).map(type::cast).toList();
        }
    }

    /** A case failed: what every rank has to say. */
    public static final class CaseFailure extends AssertionError {
        CaseFailure(String message) {
            super(message);
        }
    }

    /** Runs a task on so many ranks with the same argument. */
    public List<RankOutcome> run(int worldSize, Class<? extends RankTask> task, Object argument)
            throws IOException, InterruptedException {
        return run(task, Collections.nCopies(worldSize, argument));
    }

    /**
     * Runs a task on as many ranks as there are arguments.
     *
     * @param arguments of the ranks, anything that Jackson writes
     * @return of the ranks, in order
     * @throws CaseFailure with stack traces if a rank threw something; with those of its threads if it did not end in time
     */
    public List<RankOutcome> run(Class<? extends RankTask> task, List<?> arguments)
            throws IOException, InterruptedException {
        int worldSize = arguments.size();
        if (worldSize < 1 || worldSize > MAX_WORLD_SIZE) {
            throw new IllegalArgumentException("wanted 1 to %d ranks, got %d".formatted(MAX_WORLD_SIZE, worldSize));
        }
        startMissing(worldSize);
        for (int rank = 0; rank < worldSize; rank++) {
            MeshLabRank.Case one = new MeshLabRank.Case(
                    task.getName(),
                    rank,
                    worldSize,
                    (int) TIMEOUT.toSeconds(),
                    MAPPER.valueToTree(arguments.get(rank)));
            processes.get(rank).tell(MAPPER.writeValueAsString(one));
        }
        return outcome(worldSize);
    }

    private void startMissing(int worldSize) throws IOException {
        if (!processes.stream().allMatch(MeshLabProcess::isAlive)) {
            close();
        }
        if (temp == null) {
            temp = Files.createTempDirectory("mesh-lab-");
        }
        while (processes.size() < worldSize) {
            processes.add(MeshLabProcess.start(processes.size(), temp, lines));
        }
    }

    private List<RankOutcome> outcome(int worldSize) throws IOException, InterruptedException {
        Answers answers = new Answers(worldSize);
        long end = System.nanoTime() + deadline.toNanos();
        while (!answers.complete()) {
            MeshLabProcess.Line line = lines.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (line == null) {
                break;
            }
            boolean failedBefore = answers.failed();
            take(line, answers);
            if (answers.failed() && !failedBefore) {
                end = Math.min(end, System.nanoTime() + GRACE.toNanos());
            }
        }
        if (answers.complete() && !answers.failed()) {
            return answers.outcomes();
        }
        String report = answers.report(processes);
        if (!answers.allAlive()) {
            close();
        }
        throw new CaseFailure(report);
    }

    private void take(MeshLabProcess.Line line, Answers answers) throws IOException {
        if (line.rank() >= answers.worldSize()) {
            return;
        }
        if (line.text() == null) {
            answers.died(line.rank());
            return;
        }
        JsonNode message = MAPPER.readTree(line.text());
        if (!message.has("event")) {
            answers.ended(line.rank(), message);
            return;
        }
        TrainerEvent event = LineProtocol.event(line.text());
        if (!(event instanceof TrainerEvent.Ready ready)) {
            answers.sent(line.rank(), event);
        } else if (line.rank() == 0) {
            for (int rank = 0; rank < answers.worldSize(); rank++) {
                processes.get(rank).tell(LineProtocol.encode(new Rendezvous(HOST, ready.storePort())));
            }
        }
    }

    /** Ends the processes; the next case starts new ones. */
    @Override
    public void close() throws IOException {
        for (MeshLabProcess process : processes) {
            process.close();
        }
        processes.clear();
        lines = new LinkedBlockingQueue<>();
        if (temp != null) {
            RankSite.deleteAll(temp);
            temp = null;
        }
    }

    /** What the ranks of the running case have said. */
    private static final class Answers {
        private final List<List<TrainerEvent>> events = new ArrayList<>();
        private final JsonNode[] ends;
        private final boolean[] dead;

        Answers(int worldSize) {
            ends = new JsonNode[worldSize];
            dead = new boolean[worldSize];
            for (int rank = 0; rank < worldSize; rank++) {
                events.add(new ArrayList<>());
            }
        }

        int worldSize() {
            return ends.length;
        }

        void sent(int rank, TrainerEvent event) {
            events.get(rank).add(event);
        }

        void ended(int rank, JsonNode end) {
            ends[rank] = end;
        }

        void died(int rank) {
            dead[rank] = true;
        }

        private boolean over(int rank) {
            return ends[rank] != null || dead[rank];
        }

        private boolean failed(int rank) {
            return dead[rank] || (ends[rank] != null && ends[rank].has(MeshLabRank.FAILURE));
        }

        boolean complete() {
            return every(this::over);
        }

        boolean failed() {
            return !every(rank -> !failed(rank));
        }

        /** Whether every process waits for the next case. */
        boolean allAlive() {
            return every(rank -> ends[rank] != null && !dead[rank]);
        }

        private boolean every(IntPredicate condition) {
            return IntStream.range(0, ends.length).allMatch(condition);
        }

        List<RankOutcome> outcomes() {
            List<RankOutcome> outcomes = new ArrayList<>();
            for (int rank = 0; rank < ends.length; rank++) {
                outcomes.add(new RankOutcome(ends[rank].get(MeshLabRank.RESULT), List.copyOf(events.get(rank))));
            }
            return outcomes;
        }

        String report(List<MeshLabProcess> processes) throws IOException, InterruptedException {
            StringBuilder text = new StringBuilder();
            for (int rank = 0; rank < ends.length; rank++) {
                text.append("rank ").append(rank).append(" of ").append(ends.length);
                if (dead[rank]) {
                    text.append(" died:\n").append(processes.get(rank).errors());
                } else if (ends[rank] == null) {
                    text.append(" did not end:\n").append(processes.get(rank).stacks());
                } else if (failed(rank)) {
                    text.append(" failed:\n")
                            .append(ends[rank].get(MeshLabRank.FAILURE).asText());
                } else {
                    text.append(" is done.\n");
                }
            }
            return text.toString();
        }
    }
}
