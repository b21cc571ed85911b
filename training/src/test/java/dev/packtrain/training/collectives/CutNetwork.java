package dev.packtrain.training.collectives;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A network of two hosts on one machine: this one, and a network namespace that only a cable connects to it, which can be
 * cut. Packets are then lost without a word, as when a switch fails. Needs Linux's {@code ip} and its superuser.
 */
final class CutNetwork implements AutoCloseable {
    /** Address on this side. */
    static final String HERE = "10.213.77.1";

    /** Address on the other side. */
    static final String THERE = "10.213.77.2";

    private final String name = "pt" + ProcessHandle.current().pid();

    /** Whether this user may make one. */
    static boolean isPossible() throws InterruptedException {
        try {
            String probe = "ptprobe" + ProcessHandle.current().pid();
            ip("netns", "add", probe);
            ip("netns", "del", probe);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    CutNetwork() throws IOException, InterruptedException {
        ip("netns", "add", name);
        try {
            ip("link", "add", name, "type", "veth", "peer", "name", "there", "netns", name);
            ip("addr", "add", HERE + "/30", "dev", name);
            ip("link", "set", name, "up");
            ip("-n", name, "addr", "add", THERE + "/30", "dev", "there");
            ip("-n", name, "link", "set", "there", "up");
            ip("-n", name, "link", "set", "lo", "up");
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** Beginning of a command line that runs on the other side. */
    List<String> there() {
        return List.of("ip", "netns", "exec", name);
    }

    /** From now on nothing arrives. */
    void cut() throws IOException, InterruptedException {
        ip("-n", name, "link", "set", "there", "down");
    }

    @Override
    public void close() throws IOException, InterruptedException {
        // The cable goes with its namespace.
        ip("netns", "del", name);
    }

    private static void ip(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output.strip());
        }
    }
}
