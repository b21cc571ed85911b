package dev.packtrain.jobs.cli;

import dev.packtrain.jobs.progress.Screen;
import dev.packtrain.jobs.session.RunLog;
import dev.packtrain.packing.NearestName;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code packtrain} and its commands. */
public final class CommandTree {
    private static final int HELP_WIDTH = 110;

    private CommandTree() {}

    /** Parses and runs; returns the exit status. */
    public static int execute(String[] args, Screen screen) {
        CommandLine root = build(screen);
        root.setOut(new PrintWriter(screen.out(), true, StandardCharsets.UTF_8));
        root.setErr(new PrintWriter(screen.err(), true, StandardCharsets.UTF_8));
        root.setParameterExceptionHandler((mistake, given) -> {
            screen.err().println("packtrain: " + sentence(mistake));
            return ExitStatus.BAD_INPUT.code();
        });
        root.setExecutionExceptionHandler((thrown, commandLine, parsed) ->
                Failures.report(thrown, screen.err()).code());
        try {
            return root.execute(args);
        } catch (OutOfMemoryError | LinkageError error) {
            // picocli hands over exceptions alone.
            return Failures.report(error, screen.err()).code();
        }
    }

    static CommandLine build(Screen screen) {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(null);
        spec.name("packtrain").mixinStandardHelpOptions(true).version(Version.line());
        spec.usageMessage()
                .header("Fine-tunes language models on Spark.%n")
                .exitCodeListHeading("%nExit status%n")
                .exitCodeList(exitStatuses())
                .footer("%nEvery command explains itself: packtrain train --help");
        CommandLine root = new CommandLine(spec);
        Commands.all(screen).forEach((name, command) -> add(root, name, command));
        spec.usageMessage().synopsisSubcommandLabel("COMMAND");
        CommandSpec runnable = root.getCommandSpec();
        runnable.parser().collectErrors(false);
        root.setUsageHelpWidth(HELP_WIDTH);
        root.setExecutionStrategy(parsed -> {
            // Before the first logger is made; a command that is asked to be verbose opens it again.
            if (parsed.hasSubcommand()) {
                RunLog.open(parsed.subcommand().commandSpec().name(), false);
            }
            return new CommandLine.RunLast().execute(parsed);
        });
        return root;
    }

    private static void add(CommandLine root, String name, Object command) {
        CommandLine line = command instanceof CommandSpec spec ? new CommandLine(spec) : new CommandLine(command);
        line.getCommandSpec().mixinStandardHelpOptions(true);
        line.getCommandSpec().version(Version.line());
        root.addSubcommand(name, line);
    }

    private static Map<String, String> exitStatuses() {
        Map<String, String> statuses = new LinkedHashMap<>();
        for (ExitStatus status : ExitStatus.values()) {
            statuses.put(Integer.toString(status.code()), status.meaning());
        }
        return statuses;
    }

    /** One line: what is wrong, and what to do about it. */
    private static String sentence(ParameterException mistake) {
        CommandLine line = mistake.getCommandLine();
        if (mistake instanceof UnmatchedArgumentException other && path(line).isEmpty()) {
            String typed = other.getUnmatched().get(0);
            if (!typed.startsWith("-")) {
                return NearestName.meant(typed, line.getSubcommands().keySet())
                        .map(nearest -> "there is no command %s; did you mean %s?".formatted(typed, nearest))
                        .orElse("there is no command %s; packtrain --help lists the commands".formatted(typed));
            }
        }
        String message = mistake.getMessage();
        String start = (Character.toLowerCase(message.charAt(0)) + message.substring(1))
                .replaceFirst("is not an? (int|long)$", "is no whole number that fits");
        return "%s; see packtrain %s--help".formatted(start.lines().findFirst().orElse(start), path(line));
    }

    private static String path(CommandLine line) {
        String name = line.getCommandSpec().qualifiedName();
        return name.equals("packtrain") ? "" : name.substring("packtrain ".length()) + " ";
    }
}
