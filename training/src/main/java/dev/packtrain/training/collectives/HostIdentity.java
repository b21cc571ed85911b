package dev.packtrain.training.collectives;

import dev.packtrain.packing.ProcessSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a process runs, and which it is.
 *
 * @param host the same for processes that see each other by their numbers: {@link ProcessSpace#ID}
 * @param pid number of the process there
 * @param startTime when it started, in the kernel's ticks: a number that is used again has another
 */
record HostIdentity(String host, long pid, long startTime) {
    private static final int STATE = 0;
    private static final int START_TIME = 19;

    /** This process. */
    static HostIdentity own() {
        long pid = ProcessHandle.current().pid();
        try {
            long startTime =
                    stat(pid).map(fields -> Long.parseLong(fields[START_TIME])).orElse(0L);
            return new HostIdentity(ProcessSpace.ID, pid, startTime);
        } catch (IOException e) {
            // Then no other process can be looked at, and none shares memory with this one.
            return new HostIdentity("unknown/" + java.util.UUID.randomUUID(), pid, 0);
        }
    }

    /** Whether a process of {@code other} can be looked at from here. */
    boolean sameHost(HostIdentity other) {
        return host.equals(other.host);
    }

    /** Whether this process, of this host, has ended. */
    boolean isGone() {
        try {
            Optional<String[]> fields = stat(pid);
            return fields.isEmpty()
                    || "ZX".contains(fields.get()[STATE])
                    || Long.parseLong(fields.get()[START_TIME]) != startTime;
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether this process, of this host, is stopped by a signal. */
    boolean isStopped() {
        try {
            return stat(pid).filter(fields -> "Tt".contains(fields[STATE])).isPresent();
        } catch (IOException e) {
            return false;
        }
    }

    /** What follows the name in /proc/PID/stat; the name may hold anything. */
    private static Optional<String[]> stat(long pid) throws IOException {
        try {
            String line = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return Optional.of(line.substring(line.lastIndexOf(')') + 2).split(" ", -1));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            // A process that ends while it is read: ESRCH.
            if (!Files.exists(Path.of("/proc/" + pid))) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
