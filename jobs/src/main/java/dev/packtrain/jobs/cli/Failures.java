package dev.packtrain.jobs.cli;

import dev.packtrain.jobs.inspect.Printable;
import dev.packtrain.jobs.launch.TrainingFailedException;
import dev.packtrain.jobs.session.RunLog;
import dev.packtrain.packing.BadInputException;
import java.io.PrintStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.hadoop.util.ShutdownHookManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns whatever was thrown into a sentence and an exit status. Stack traces go to the log. */
final class Failures {
    /** A mistake found in an executor reaches the driver as text in Spark's description. */
    private static final Pattern REMOTE_BAD_INPUT =
            Pattern.compile(Pattern.quote(BadInputException.class.getName()) + ": ([^\n]*)");

    /** What Linux says, in the words of whoever tried to write. */
    private static final String DISK_FULL = "No space left on device";

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

    private static ExitStatus other(Throwable thrown, PrintStream err) {
        String text = String.valueOf(thrown.getMessage());
        Matcher remote = REMOTE_BAD_INPUT.matcher(text);
        if (remote.find()) {
            err.println("packtrain: " + printable(remote.group(1)));
            return ExitStatus.BAD_INPUT;
        }
        // What Spark says to whoever comes after it has given up, or after a signal.
        boolean stopped = text.contains("stopped SparkContext");
        boolean signalled = stopped && ShutdownHookManager.get().isShutdownInProgress();
        if (signalled || text.contains("SparkContext was shut down")) {
            err.println("packtrain: interrupted");
            return ExitStatus.INTERRUPTED;
        }
        if (text.contains(DISK_FULL)) {
            err.println(
                    "packtrain: a disk is full, that of output_dir or one of spark.local.dir, where Spark keeps what it sorts; free some space, and run the same command again; details: "
                            + RunLog.where());
            return ExitStatus.FAILED;
        }
        boolean removed = text.contains("Master removed our application");
        if (removed || stopped) {
            err.println(
                    "packtrain: the cluster ended this application, as it does when executors do not start or die again and again; look at the workers' logs and at stderr of the executors in their work folders; details: "
                            + RunLog.where());
            return removed ? ExitStatus.LOST : ExitStatus.FAILED;
        }
        Logger log = LoggerFactory.getLogger(Failures.class);
        log.debug("no known failure: {}", thrown.getClass());
        boolean lost = text.contains("ExecutorLostFailure");
        String first = text.lines().findFirst().orElse("").strip();
        err.println("packtrain: %s: %s; details: %s"
                .formatted(lost ? "an executor was lost" : thrown.getClass().getSimpleName(), first, RunLog.where()));
        return lost ? ExitStatus.LOST : ExitStatus.FAILED;
    }
}
