package dev.packtrain.jobs.cli;

import dev.packtrain.jobs.MergeJob;
import dev.packtrain.jobs.progress.Screen;
import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.Settings;
import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** {@code packtrain merge}: its options are recipe keys, and whether to verify. */
final class MergeCommand implements Callable<Integer> {
    private static final String VERIFY = "--verify";

    private final Screen screen;
    private final RecipeOptions recipe = new RecipeOptions(Command.MERGE);
    private final Map<String, String> given = new LinkedHashMap<>();
    private final CommandSpec spec;

    private MergeCommand(Screen screen) {
        this.screen = screen;
        spec = CommandSpec.wrapWithoutInspection(this);
        spec.name(Command.MERGE.word());
        spec.usageMessage()
                .description("Makes a plain model directory of a base model and an adapter.")
                .abbreviateSynopsis(true);
        recipe.addTo(spec);
        spec.addOption(OptionSpec.builder(VERIFY)
                .type(String.class)
                .paramLabel("true|false")
                .description("compare the logits of the result with those of base and adapter (true)")
                .setter(RecipeOptions.into(given, VERIFY))
                .build());
    }

    static CommandSpec of(Screen screen) {
        return new MergeCommand(screen).spec;
    }

    @Override
    public Integer call() throws IOException {
        Settings settings = recipe.settings(spec.commandLine().getParseResult().unmatched());
        MergeJob.Merged merged = MergeJob.run(settings, verify());
        screen.line(
                "  merged     %d weights; rounding to the base's dtype took %s %% of the change",
                merged.result().numMerged(),
                String.format(Locale.ROOT, "%.3g", 100 * merged.result().lostShare()));
        merged.result()
                .quantized()
                .ifPresent(quantized -> screen.line(
                        "  base       %s; quantising took %s %% of its linears, %s times the adapter's change",
                        quantized.intoOriginal()
                                ? "its own weights, which the adapter was not trained on"
                                : "the numbers of its codes, which the adapter was trained on",
                        String.format(Locale.ROOT, "%.3g", 100 * quantized.error()),
                        String.format(Locale.ROOT, "%.3g", quantized.errorOfChange())));
        if (merged.error().isPresent()) {
            screen.line(
                    "  verified   logits differ by %s of the largest",
                    String.format(Locale.ROOT, "%.2g", merged.error().getAsDouble()));
        } else {
            screen.line("  verified   not, as asked");
        }
        screen.line("  model      %s", merged.modelDir());
        return ExitStatus.OK.code();
    }

    private boolean verify() {
        String verify = given.getOrDefault(VERIFY, "true");
        return switch (verify) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new BadInputException("--verify is %s; wanted true or false".formatted(verify));
        };
    }
}
