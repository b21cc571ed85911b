package dev.packtrain.jobs;

import dev.packtrain.jobs.cli.CommandTree;
import dev.packtrain.jobs.progress.Screen;
import java.util.ArrayList;
import java.util.List;

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
