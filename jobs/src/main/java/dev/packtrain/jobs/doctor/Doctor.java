package dev.packtrain.jobs.doctor;

import dev.packtrain.jobs.session.ClusterEnd;
import dev.packtrain.jobs.session.RunLog;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the checks: this machine first, then Spark. */
public final class Doctor {
    private static final long GIB = 1L << 30;
    private static final long MIB = 1L << 20;
    private static final Logger LOG = LoggerFactory.getLogger(Doctor.class);

    private final Target target;
    private final Consumer<Diagnosis> listener;
    private final List<Diagnosis> diagnoses = new ArrayList<>();

    /**
     * Checks to be run once.
     *
     * @param target where training is meant to run
     * @param listener told of every check when it is done
     */
    public Doctor(Target target, Consumer<Diagnosis> listener) {
        this.target = target;
        this.listener = listener;
    }

    /** Runs all checks; what a check throws is its failure. Spark's are left out if there is no session. */
    public List<Diagnosis> examine() {
        machine().forEach(this::run);
        try (MasterCheck master = new MasterCheck(target)) {
            run(master);
            master.session().ifPresent(session -> spark(session).forEach(this::run));
        }
        return List.copyOf(diagnoses);
    }

    private List<Check> machine() {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        return List.of(
                new JavaCheck(Runtime.version().feature()),
                new ArrowCheck(),
                new CoresCheck(target, Runtime.getRuntime().availableProcessors()),
                new MemoryCheck(target),
                new DiskCheck(
                        "temporary files",
                        temporary,
                        64 * MIB,
                        GIB,
                        "give the JVM -Djava.io.tmpdir=DIR on a larger disk"),
                NativeCacheDisk.check(),
                new KernelsCheck(),
                new AllocatorCheck(),
                new LibtorchCheck(Runtime.getRuntime().availableProcessors()),
                new TokenizerCheck(),
                new GpuCheck());
    }

    private List<Check> spark(SparkSession session) {
        return List.of(
                new SparkVersionCheck(session.version()),
                new SlotsCheck(session.sparkContext(), target.numProcesses()),
                new DynamicAllocationCheck(session.sparkContext().conf()),
                new SpeculationCheck(session.sparkContext().conf()),
                new BarrierTimeoutCheck(session.sparkContext().conf()),
                new TaskCpusCheck(session.sparkContext().conf()),
                new OverheadCheck(session.sparkContext().conf()),
                new EncryptionCheck(session.sparkContext().conf()));
    }

    void run(Check check) {
        Diagnosis diagnosis = new Diagnosis(check.what(), findingOf(check));
        diagnoses.add(diagnosis);
        listener.accept(diagnosis);
    }

    // A native library that does not load is a LinkageError, and the very thing that a check is there to find.
    private static Finding findingOf(Check check) {
        try {
            return check.run();
        } catch (Exception | LinkageError failed) {
            LOG.error("check of {} failed", check.what(), failed);
            if (failed instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            String message = String.valueOf(failed.getMessage());
            if (ClusterEnd.isSaid(message) || ClusterEnd.isOver(message)) {
                return Finding.fail(
                        ClusterEnd.what(message), ClusterEnd.REMEDY + "; the whole report is in " + RunLog.where());
            }
            return Finding.fail(
                    "%s: %s"
                            .formatted(
                                    failed.getClass().getSimpleName(),
                                    message.lines().findFirst().orElse("no message")),
                    "the whole report is in " + RunLog.where());
        }
    }
}
