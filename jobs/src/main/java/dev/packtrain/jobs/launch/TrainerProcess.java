package dev.packtrain.jobs.launch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.training.launch.TrainerEvent;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A running child process that speaks the protocol of {@link dev.packtrain.training.launch}. Lines on its standard output
 * that are no events (native libraries print there) are treated like standard error: kept for a report, and logged.
 */
final class TrainerProcess implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int EXIT_SECONDS = 2;

    /** What the reader of standard output hands over. */
    sealed interface Signal {
        /** An event. */
        record Event(TrainerEvent event) implements Signal {}

        /** The stream ended: the process is gone, or about to be. */
        record Closed() implements Signal {}
    }

    private final Process process;
    private final BufferedWriter toChild;
    private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
    private final LastLines lastLines = new LastLines();
    private final PrintWriter log;
    private final Thread stderrReader;
    private final Thread exitHook;
    private final int killSeconds;

    private TrainerProcess(Process process, PrintWriter log, int killSeconds) {
        this.process = process;
        this.log = log;
        this.killSeconds = killSeconds;
        toChild = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        stderrReader = reader("stderr", process.getErrorStream(), this::keep, () -> {});
        reader("stdout", process.getInputStream(), this::receive, () -> signals.add(new Signal.Closed()));
        // The child also watches its standard input; this is for a child too busy to look.
        exitHook = new Thread(this::endAtExit, "packtrain-kill-" + process.pid());
        Runtime.getRuntime().addShutdownHook(exitHook);
    }

    /** Starts the process; its free text goes to {@code logFile}. */
    static TrainerProcess start(ProcessBuilder builder, Path logFile, int killSeconds) throws IOException {
        Writer writer = Files.newBufferedWriter(logFile, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        PrintWriter log = new PrintWriter(writer, true);
        try {
            Process process = builder.start();
            OomKills.preferVictim(process.pid());
            try {
                return new TrainerProcess(process, log, killSeconds);
            } catch (IllegalStateException ending) { // this JVM: it takes no hook any more
                process.destroyForcibly();
                throw ending;
            }
        } catch (IOException | IllegalStateException notStarted) {
            log.close();
            throw notStarted;
        }
    }

    /** Sends one JSON object. A child that is gone does not read it; the end of its output says so. */
    void send(Object message) {
        try {
            toChild.write(JSON.writeValueAsString(message));
            toChild.newLine();
            toChild.flush();
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        } catch (IOException childIsGone) {
            keep("(its standard input is closed: " + childIsGone.getMessage() + ")");
        }
    }

    /** The next signal, if one comes in time. */
    Optional<Signal> poll(long millis) throws InterruptedException {
        return Optional.ofNullable(signals.poll(millis, TimeUnit.MILLISECONDS));
    }

    long pid() {
        return process.pid();
    }

    /** Exit status after the output ended: 128 + n when signal n killed it. Kills it if it does not end in time. */
    int awaitExit(int seconds) throws InterruptedException {
        if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
            kill();
        }
        int status = process.waitFor();
        stderrReader.join(TimeUnit.SECONDS.toMillis(2));
        return status;
    }

    List<String> lastLines() {
        return lastLines.snapshot();
    }

    /** Asks the process to end and, if it does not, ends it. Returns once it is gone. */
    void kill() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(killSeconds, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    /** Ends the process without asking. Returns once it is gone. */
    void killAtOnce() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** This JVM ends: little time to be polite. */
    private void endAtExit() {
        process.destroy();
        try {
            if (!process.waitFor(EXIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor(EXIT_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException hurried) {
            process.destroyForcibly();
        }
    }

    @Override
    public void close() {
        try {
            kill();
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        } finally {
            removeExitHook();
            closeLog();
        }
    }

    private void removeExitHook() {
        try {
            Runtime.getRuntime().removeShutdownHook(exitHook);
        } catch (IllegalStateException shuttingDown) {
            log.println("(this JVM is shutting down)");
        }
    }

    private synchronized void closeLog() {
        log.close();
    }

    private synchronized void keep(String line) {
        lastLines.add(line);
        log.println(line);
    }

    private void receive(String line) {
        TrainerEvent event;
        try {
            event = JSON.readValue(line, TrainerEvent.class);
        } catch (JsonProcessingException noEvent) {
            keep(line);
            return;
        }
        signals.add(new Signal.Event(event));
    }

    private Thread reader(String name, InputStream stream, java.util.function.Consumer<String> each, Runnable atEnd) {
        Thread thread = new Thread(
                () -> {
                    try (BufferedReader lines =
                            new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                            each.accept(line);
                        }
                    } catch (IOException closedWhileReading) {
                        keep("(its " + name + " broke off: " + closedWhileReading.getMessage() + ")");
                    } finally {
                        atEnd.run();
                    }
                },
                "packtrain-" + name + "-" + process.pid());
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
