package dev.packtrain.training;

import dev.packtrain.training.collectives.PeerLostException;
import dev.packtrain.training.launch.LineProtocol;
import dev.packtrain.training.launch.TrainerEvent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The two pipes to the parent process. When either ends, the parent is gone, and this process halts at once, even in the
 * middle of a native call: nobody would ever stop it otherwise.
 */
final class ParentLink {
    private static final long RELEASE_MILLIS = 1000;

    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final OutputStream events;

    ParentLink(InputStream messages, OutputStream events) {
        this.events = events;
        Thread watcher = new Thread(() -> watch(messages), "parent-watcher");
        watcher.setDaemon(true);
        watcher.start();
        Thread heart = new Thread(this::beat, "heartbeat");
        heart.setDaemon(true);
        heart.start();
    }

    private void beat() {
        try {
            while (true) {
                send(new TrainerEvent.Alive());
                TimeUnit.SECONDS.sleep(TrainerEvent.ALIVE_SECONDS);
            }
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        }
    }

    private void watch(InputStream messages) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(messages, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            System.err.println("standard input ended with " + e);
        }
        endAsOrphan();
    }

    /**
     * The parent's next line.
     *
     * @param what it should be, for the message
     * @throws PeerLostException if none comes within the deadline
     */
    String nextLine(String what, Duration timeout) throws InterruptedException {
        String line = lines.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
        if (line == null) {
            throw new PeerLostException(
                    "no %s came from the parent within %d s.".formatted(what, timeout.toSeconds()), null);
        }
        return line;
    }

    /** Sends an event; it has left this process when this returns. */
    synchronized void send(TrainerEvent event) {
        try {
            events.write((LineProtocol.encode(event) + "\n").getBytes(StandardCharsets.UTF_8));
            events.flush();
        } catch (IOException e) {
            endAsOrphan();
        }
    }

    /** Ends this process even while it is inside native code, after its locks had a moment to be released. */
    private static void endAsOrphan() {
        Thread halt = new Thread(
                () -> {
                    try {
                        TimeUnit.MILLISECONDS.sleep(RELEASE_MILLIS);
                    } catch (InterruptedException hurried) {
                        Thread.currentThread().interrupt();
                    }
                    Runtime.getRuntime().halt(ExitCode.PEER_LOST.code());
                },
                "orphan-halt");
        halt.setDaemon(true);
        halt.start();
        Runtime.getRuntime().exit(ExitCode.PEER_LOST.code());
    }
}
