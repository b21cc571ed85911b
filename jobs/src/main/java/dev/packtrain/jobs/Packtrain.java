package dev.packtrain.jobs;

import dev.packtrain.jobs.cli.CommandTree;
import dev.packtrain.jobs.progress.Screen;
import dev.packtrain.jobs.session.RunLog;
import dev.packtrain.jobs.session.SparkSessions;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** The {@code packtrain} command. */
public final class Packtrain {
    private Packtrain() {}

    /** Runs one command and exits with its status. */
    public static void main(String[] args) {
        System.exit(run(args));
    }

    /** Runs one command and returns its exit status, see {@link dev.packtrain.jobs.cli.ExitStatus}. */
    public static int run(String... args) {
        return CommandTree.execute(args, Screen.ofThisProcess());
    }

    /**
     * A Spark session inside this process, for notebooks and programs. Spark's log goes to a file, unless logging is set
     * up already. One that is open already is returned again, if it has this room.
     *
     * @param numProcesses training processes that must fit at once; 0 if none
     */
    public static SparkSession localSession(int numProcesses) {
        RunLog.open("session", false);
        // A notebook's kernel loads Spark later than itself; Spark looks for its classes through this loader.
        Thread.currentThread().setContextClassLoader(SparkSession.class.getClassLoader());
        return SparkSessions.open("packtrain", null, numProcesses);
    }

    /** As a main class of spark-submit: a good end must not cut short Spark's own. */
    static void submit(String command, String[] args) {
        List<String> all = new ArrayList<>(List.of(command));
        all.addAll(List.of(args));
        int status = run(all.toArray(String[]::new));
        if (status != 0) {
            System.exit(status);
        }
    }
}
