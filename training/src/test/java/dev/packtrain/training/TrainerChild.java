package dev.packtrain.training;

import dev.packtrain.training.launch.LaunchSpec;
import dev.packtrain.training.launch.LineProtocol;
import dev.packtrain.training.launch.Rendezvous;
import dev.packtrain.training.launch.TrainerEvent;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A training process, with this test as its parent. */
final class TrainerChild implements AutoCloseable {
    private static final long DEADLINE_SECONDS = 600;
    private static final String HEAP = "256m";

    private final Process process;
    private final BufferedWriter messages;
    private final BufferedReader events;
    private final List<TrainerEvent> seen = new ArrayList<>();

    private TrainerChild(Process process) {
        this.process = process;
        this.messages = process.outputWriter(StandardCharsets.UTF_8);
        this.events = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Starts a child and sends it its spec. */
    static TrainerChild start(LaunchSpec spec, Path errors) throws IOException {
        return start(spec, errors, ChildJvm.of(HEAP, TrainerMain.class));
    }

    /** The same with a {@link FaultyTrainer} and its arguments. */
    static TrainerChild startFaulty(LaunchSpec spec, Path errors, List<String> fault) throws IOException {
        return start(spec, errors, ChildJvm.of(HEAP, FaultyTrainer.class, fault.toArray()));
    }

    private static TrainerChild start(LaunchSpec spec, Path errors, ChildJvm jvm) throws IOException {
        ProcessBuilder builder = jvm.builder();
        builder.redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()));
        TrainerChild child = new TrainerChild(builder.start());
        child.tell(LineProtocol.encode(spec));
        return child;
    }

    /** Tells the child where rank 0's store is. */
    void meet(int port) throws IOException {
        tell(LineProtocol.encode(new Rendezvous("127.0.0.1", port)));
    }

    private void tell(String line) throws IOException {
        messages.write(line + "\n");
        messages.flush();
    }

    /** Reads events up to one of a type; null if the child ended before it. */
    <T extends TrainerEvent> T until(Class<T> type) throws IOException {
        for (String line = events.readLine(); line != null; line = events.readLine()) {
            TrainerEvent event = LineProtocol.event(line);
            seen.add(event);
            if (type.isInstance(event)) {
                return type.cast(event);
            }
        }
        return null;
    }

    /** Reads events to the end. */
    int exitCode() throws IOException, InterruptedException {
        for (String line = events.readLine(); line != null; line = events.readLine()) {
            seen.add(LineProtocol.event(line));
        }
        if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the child does not end");
        }
        return process.exitValue();
    }

    /** Every event so far of a type. */
    <T extends TrainerEvent> List<T> seen(Class<T> type) {
        return seen.stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** As {@code kill -9}. */
    void kill() {
        process.destroyForcibly();
    }

    /** Closes the child's standard input, as a parent does that dies. */
    void abandon() throws IOException {
        messages.close();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
