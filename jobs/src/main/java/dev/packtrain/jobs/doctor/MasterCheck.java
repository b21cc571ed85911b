package dev.packtrain.jobs.doctor;

import dev.packtrain.jobs.session.SparkSessions;
import dev.packtrain.packing.BadInputException;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/** Opens a session on the master, and keeps it for the checks after this one. */
final class MasterCheck implements Check, AutoCloseable {
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
        try {
            session = SparkSessions.open("packtrain doctor", target.master(), target.numProcesses());
        } catch (BadInputException unusable) {
            return Finding.fail(
                    unusable.getMessage(), "start it, or give another --master; none runs Spark inside this process");
        }
        return Finding.ok("%s opened application %s"
                .formatted(
                        session.sparkContext().master(), session.sparkContext().applicationId()));
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
