package dev.packtrain.jobs.doctor;

import dev.packtrain.jobs.session.SparkSessions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.SparkSession;

/** Opens a session on the master, and keeps it for the checks after this one. */
final class MasterCheck implements Check, AutoCloseable {
    private static final Pattern STANDALONE = Pattern.compile("([^,/:]+):(\\d{1,5})");
    private static final String SCHEME = "spark://";
    private static final int TIMEOUT_MILLIS = 5000;

    private final Target target;
    private SparkSession session;

    MasterCheck(Target target) {
        this.target = target;
    }

    @Override
    public String what() {
        return "Spark master";
    }

    @Override
    public Finding run() {
        if (target.master() != null && target.master().startsWith(SCHEME)) {
            Optional<String> unreachable = unreachable(target.master());
            if (unreachable.isPresent()) {
                return Finding.fail(
                        unreachable.get(), "start it, or give another --master; none runs Spark inside this process");
            }
        }
        session = SparkSessions.open("packtrain doctor", target.master(), target.numProcesses());
        return Finding.ok("%s opened application %s"
                .formatted(
                        session.sparkContext().master(), session.sparkContext().applicationId()));
    }

    /** Spark itself tries for a minute. Why none of the addresses answers; empty if one does. */
    private static Optional<String> unreachable(String master) {
        Matcher addresses = STANDALONE.matcher(master.substring(SCHEME.length()));
        String reason = "%s names no host:port".formatted(master);
        while (addresses.find()) {
            try (Socket socket = new Socket()) {
                socket.connect(
                        new InetSocketAddress(addresses.group(1), Integer.parseInt(addresses.group(2))),
                        TIMEOUT_MILLIS);
                return Optional.empty();
            } catch (IOException | IllegalArgumentException refused) {
                reason = "%s does not answer (%s)".formatted(master, refused.getMessage());
            }
        }
        return Optional.of(reason);
    }

    /** Empty until the check has opened one. */
    Optional<SparkSession> session() {
        return Optional.ofNullable(session);
    }

    @Override
    public void close() {
        if (session != null) {
            session.stop();
        }
    }
}
