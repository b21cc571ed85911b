package dev.packtrain.training.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * The process behind a lock file.
 *
 * @param token unique
 * @param host host name and, on Linux, the process namespace: process numbers mean nothing outside of it
 * @param pid process number
 * @param startedMillis when the process started, since 1970; 0 if unknown
 */
record LockOwner(String token, String host, long pid, long startedMillis) {
    private static final Path PID_NAMESPACE = Path.of("/proc/self/ns/pid");

    static LockOwner me() {
        ProcessHandle self = ProcessHandle.current();
        return new LockOwner(UUID.randomUUID().toString(), thisHost(), self.pid(), startOf(self));
    }

    boolean isOfThisHost() {
        return host.equals(thisHost());
    }

    /** Whether that very process, not a later one with its number, runs on this host. */
    boolean isRunningHere() {
        Optional<ProcessHandle> process = ProcessHandle.of(pid);
        return process.isPresent() && process.get().isAlive() && startOf(process.get()) == startedMillis;
    }

    String describe() {
        return "process %d on %s, started %s".formatted(pid, host, Instant.ofEpochMilli(startedMillis));
    }

    private static long startOf(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    private static String thisHost() {
        try {
            String name = InetAddress.getLocalHost().getHostName();
            return Files.isSymbolicLink(PID_NAMESPACE) ? name + " " + Files.readSymbolicLink(PID_NAMESPACE) : name;
        } catch (UnknownHostException e) {
            return "unknown host";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
