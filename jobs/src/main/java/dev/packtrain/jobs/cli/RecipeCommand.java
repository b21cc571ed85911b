package dev.packtrain.jobs.cli;

import dev.packtrain.jobs.TrainLaunch;
import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.Settings;
import dev.packtrain.jobs.session.RunLog;
import dev.packtrain.jobs.session.SparkSessions;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** A command whose options are recipe keys and which runs on Spark. */
final class RecipeCommand implements Callable<Integer> {
    /** What the command does once its settings are known. */
    @FunctionalInterface
    interface Action {
        /** Does it. */
        void run(SparkSession spark, Settings settings, TrainLaunch launch) throws Exception;
    }

    private final Command command;
    private final Action action;
    private final RecipeOptions recipe;
    private final SessionOptions session = new SessionOptions();
    private final CommandSpec spec;

    private RecipeCommand(Command command, String description, Action action) {
        this.command = command;
        this.action = action;
        recipe = new RecipeOptions(command);
        spec = CommandSpec.wrapWithoutInspection(this);
        spec.name(command.word());
        spec.usageMessage().description(description).abbreviateSynopsis(true);
        recipe.addTo(spec);
        if (trains(command)) {
            spec.addArgGroup(session.processes());
        }
        spec.addArgGroup(session.spark());
    }

    static CommandSpec of(Command command, String description, Action action) {
        return new RecipeCommand(command, description, action).spec;
    }

    @Override
    public Integer call() throws Exception {
        RunLog.open(command.word(), session.isVerbose());
        CommandLine parsed = spec.commandLine();
        Settings settings = recipe.settings(parsed.getParseResult().unmatched());
        TrainLaunch launch = session.launch();
        SparkSession spark = SparkSessions.open("packtrain " + command.word(), session.master(), launch.numProcesses());
        try {
            action.run(spark, settings, launch);
        } finally {
            spark.stop();
        }
        return ExitStatus.OK.code();
    }

    private static boolean trains(Command command) {
        return switch (command) {
            case TRAIN, RUN -> true;
            case PREPARE, PLAN, GENERATE, MERGE, TOKENIZER -> false;
        };
    }
}
