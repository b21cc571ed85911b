package dev.packtrain.jobs.doctor;

import dev.packtrain.jobs.session.SparkSessions;
import dev.packtrain.packing.BadInputException;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/** Opens a session on the master, and keeps it for the checks after this one. */
final class MasterCheck implements Check, AutoCloseable {
    private static final String REMEDY = "; ";

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
            return failed(unusable.getMessage());
        }
        return Finding.ok("%s opened application %s"
                .formatted(
                        session.sparkContext().master(), session.sparkContext().applicationId()));
    }

    /** The sentence ends with what to do, which is shown below the finding and not in it too. */
    private static Finding failed(String sentence) {
        int remedy = sentence.lastIndexOf(REMEDY);
        return remedy < 0
                ? Finding.fail(sentence, "give another --master; none runs Spark inside this process")
                : Finding.fail(sentence.substring(0, remedy), sentence.substring(remedy + REMEDY.length()));
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
