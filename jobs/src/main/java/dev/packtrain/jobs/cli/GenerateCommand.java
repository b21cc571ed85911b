package dev.packtrain.jobs.cli;

import dev.packtrain.jobs.GenerateJob;
import dev.packtrain.jobs.progress.Screen;
import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.Settings;
import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** {@code packtrain generate}: its options are recipe keys, and the prompt. */
final class GenerateCommand implements Callable<Integer> {
    private static final String SRC = "--src";

    private final Screen screen;
    private final RecipeOptions recipe = new RecipeOptions(Command.GENERATE);
    private final Map<String, String> given = new LinkedHashMap<>();
    private final CommandSpec spec;

    private GenerateCommand(Screen screen) {
        this.screen = screen;
        spec = CommandSpec.wrapWithoutInspection(this);
        spec.name(Command.GENERATE.word());
        spec.usageMessage()
                .description("Writes text with a model directory, or with an adapter.")
                .abbreviateSynopsis(true);
        recipe.addTo(spec);
        spec.addOption(OptionSpec.builder(SRC)
                .type(String.class)
                .paramLabel("TEXT")
                .description(
                        "the source to write for, without a chat template: a dialogue is given as the template writes it"
                                + " (default: standard input)")
                .setter(RecipeOptions.into(given, SRC))
                .build());
    }

    static CommandSpec of(Screen screen) {
        return new GenerateCommand(screen).spec;
    }

    @Override
    public Integer call() throws IOException {
        Settings settings = recipe.settings(spec.commandLine().getParseResult().unmatched());
        GenerateJob.run(settings, source(), text -> {
            screen.out().print(text);
            screen.out().flush();
        });
        screen.out().println();
        return ExitStatus.OK.code();
    }

    private String source() throws IOException {
        if (!given.containsKey(SRC) && screen.terminal()) {
            screen.err().println("the source to write for, ended by Ctrl-D on a line of its own:");
        }
        String src = given.containsKey(SRC)
                ? given.get(SRC)
                : new String(System.in.readAllBytes(), StandardCharsets.UTF_8).strip();
        if (src.isBlank()) {
            throw new BadInputException("the prompt is empty; give --src TEXT, or text on standard input");
        }
        return src;
    }
}
