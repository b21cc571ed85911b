package dev.packtrain.packing;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * The process behind a lock file, which holds this as JSON. It lives here because preparing and training both lock their
 * output.
 *
 * @param token unique
 * @param host host name and, after a blank, {@link ProcessSpace#ID}: the process number means nothing outside of it
 * @param pid process number
 * @param startedMillis when the process started, since 1970; 0 if unknown
 */
@JsonAutoDetect(isGetterVisibility = JsonAutoDetect.Visibility.NONE)
public record LockOwner(String token, String host, long pid, long startedMillis) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** This process, with a new token. */
    public static LockOwner me() {
        ProcessHandle self = ProcessHandle.current();
        return new LockOwner(UUID.randomUUID().toString(), thisHost(), self.pid(), startOf(self));
    }

    /** The text of a lock file. */
    public String toText() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** From the text of a lock file; empty while it is being written, or if something else wrote it. */
    public static Optional<LockOwner> parse(String text) {
        try {
            return Optional.ofNullable(JSON.readValue(text, LockOwner.class));
        } catch (JsonProcessingException unreadable) {
            return Optional.empty();
        }
    }

    /** Whether its process number means something here. */
    public boolean isOfThisHost() {
        return host.equals(thisHost());
    }

    /** Whether that very process, not a later one with its number, runs on this host. */
    public boolean isRunningHere() {
        Optional<ProcessHandle> process = ProcessHandle.of(pid);
        return process.isPresent() && process.get().isAlive() && startOf(process.get()) == startedMillis;
    }

    /** In words. */
    public String describe() {
        return "process %d on %s, started %s"
                .formatted(pid, host.replaceFirst(" .*", ""), Instant.ofEpochMilli(startedMillis));
    }

    private static long startOf(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    private static String thisHost() {
        return hostName() + " " + ProcessSpace.ID;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException unnamed) {
            return "a-host-whose-name-does-not-resolve";
        }
    }
}
