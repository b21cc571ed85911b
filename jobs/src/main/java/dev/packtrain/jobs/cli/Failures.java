package dev.packtrain.jobs.cli;

import dev.packtrain.jobs.inspect.Printable;
import dev.packtrain.jobs.launch.TrainingFailedException;
import dev.packtrain.jobs.session.ClusterEnd;
import dev.packtrain.jobs.session.RunLog;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.OutOfMemory;
import java.io.PrintStream;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.util.ShutdownHookManager;
import org.slf4j.LoggerFactory;

/** Turns whatever was thrown into a sentence and an exit status. Stack traces go to the log. */
final class Failures {
    /** A mistake found in an executor reaches the driver as text in Spark's description. */
    private static final Pattern REMOTE_BAD_INPUT =
            Pattern.compile(Pattern.quote(BadInputException.class.getName()) + ": ([^\n]*)");

    /** What Linux says, in the words of whoever tried to write. */
    private static final String DISK_FULL = "No space left on device";

    /** What Linux says of a path that somebody gave. */
    private static final Pattern NAME_TOO_LONG = Pattern.compile("(\\S+)(?:: | \\()File name too long");

    /** The JVM's words, thrown here or in Spark's description of a task. */
    private static final Pattern OUT_OF_HEAP = Pattern.compile(
            "OutOfMemoryError: (Java heap space|GC overhead limit exceeded|Requested array size exceeds VM limit)");

    private Failures() {}

    static ExitStatus report(Throwable thrown, PrintStream err) {
        LoggerFactory.getLogger(Failures.class).error("the command failed", thrown);
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof BadInputException) {
                err.println("packtrain: " + printable(cause.getMessage()));
                return ExitStatus.BAD_INPUT;
            }
            if (cause instanceof TrainingFailedException failed) {
                return training(failed, err);
            }
            if (cause instanceof InterruptedException) {
                err.println("packtrain: interrupted");
                return ExitStatus.INTERRUPTED;
            }
        }
        return other(thrown, err);
    }

    /** Names of keys, files and fields of rows are in these sentences. */
    private static String printable(String sentences) {
        return sentences.lines().map(Printable::of).collect(Collectors.joining("\n"));
    }

    private static ExitStatus training(TrainingFailedException failed, PrintStream err) {
        err.println("packtrain: " + failed.getMessage());
        if (!failed.lastLines().isEmpty()) {
            err.println("  its last lines:");
            failed.lastLines().forEach(line -> err.println("  | " + line));
        }
        return failed.rankLost() ? ExitStatus.LOST : ExitStatus.FAILED;
    }

    /** How a failure is told. */
    private record Told(ExitStatus status, String sentence) {}

    private static ExitStatus other(Throwable thrown, PrintStream err) {
        String text = String.valueOf(thrown.getMessage());
        Told told = mistake(text)
                .or(() -> outOfMemory(thrown))
                .or(() -> interruption(text))
                .or(() -> lostMachine(text))
                .orElseGet(() -> unknown(thrown, text));
        err.println("packtrain: " + told.sentence());
        return told.status();
    }

    private static Optional<Told> mistake(String text) {
        Matcher remote = REMOTE_BAD_INPUT.matcher(text);
        if (remote.find()) {
            return Optional.of(new Told(ExitStatus.BAD_INPUT, printable(remote.group(1))));
        }
        Matcher tooLong = NAME_TOO_LONG.matcher(text);
        if (tooLong.find()) {
            return Optional.of(new Told(
                    ExitStatus.BAD_INPUT,
                    "the path %s has a name that is longer than its file system allows (Linux: 255 bytes); give a shorter one"
                            .formatted(printable(tooLong.group(1)))));
        }
        return Optional.empty();
    }

    private static Optional<Told> outOfMemory(Throwable thrown) {
        if (Stream.iterate(thrown, Objects::nonNull, Throwable::getCause)
                .anyMatch(cause -> OUT_OF_HEAP.matcher(cause.toString()).find())) {
            return Optional.of(new Told(
                    ExitStatus.FAILED,
                    "the Java heap ran out: the driver has %d MiB; give it more with PACKTRAIN_DRIVER_MEMORY (spark-submit: --driver-memory), or the executors of a cluster with spark.executor.memory; details: %s"
                            .formatted(Runtime.getRuntime().maxMemory() >> 20, RunLog.where())));
        }
        return OutOfMemory.find(thrown)
                .map(what -> new Told(
                        ExitStatus.FAILED,
                        "%s; give it more, or take a smaller model; details: %s".formatted(what, RunLog.where())));
    }

    /** What Spark says to whoever comes after it has given up, or after a signal. */
    private static Optional<Told> interruption(String text) {
        boolean signalled = ClusterEnd.isOver(text) && ShutdownHookManager.get().isShutdownInProgress();
        return signalled || text.contains("SparkContext was shut down")
                ? Optional.of(new Told(ExitStatus.INTERRUPTED, "interrupted"))
                : Optional.empty();
    }

    private static Optional<Told> lostMachine(String text) {
        if (text.contains(DISK_FULL)) {
            return Optional.of(new Told(
                    ExitStatus.FAILED,
                    "a disk is full, that of output_dir or one of spark.local.dir, where Spark keeps what it sorts; free some space, and run the same command again; details: "
                            + RunLog.where()));
        }
        boolean removed = ClusterEnd.isSaid(text);
        if (removed || ClusterEnd.isOver(text)) {
            return Optional.of(new Told(
                    removed ? ExitStatus.LOST : ExitStatus.FAILED,
                    "%s; %s; details: %s".formatted(ClusterEnd.what(text), ClusterEnd.REMEDY, RunLog.where())));
        }
        return Optional.empty();
    }

    private static Told unknown(Throwable thrown, String text) {
        LoggerFactory.getLogger(Failures.class).debug("no known failure: {}", thrown.getClass());
        boolean lost = text.contains("ExecutorLostFailure");
        String what = lost ? "an executor was lost" : thrown.getClass().getSimpleName();
        String first = text.lines().findFirst().orElse("").strip();
        return new Told(
                lost ? ExitStatus.LOST : ExitStatus.FAILED,
                "%s: %s; details: %s".formatted(what, first, RunLog.where()));
    }
}
