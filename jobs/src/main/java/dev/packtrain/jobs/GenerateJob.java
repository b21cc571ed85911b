package dev.packtrain.jobs;

import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.Recipe;
import dev.packtrain.jobs.recipe.Settings;
import dev.packtrain.training.generation.GenerationOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Writes text with a model directory, or a base model and an adapter. Needs no Spark. */
public final class GenerateJob {
    private GenerateJob() {}

    /** {@code spark-submit --class dev.packtrain.jobs.GenerateJob jobs.jar --model_name_or_path M --src TEXT} */
    public static void main(String[] args) {
        Packtrain.submit("generate", args);
    }

    /**
     * Writes for one source.
     *
     * @return the text
     */
    public static String run(Recipe recipe, String src) throws IOException {
        return run(recipe.resolve(Command.GENERATE), src, text -> {});
    }

    /** Writes for one source, and tells the text piece by piece. */
    public static String run(Settings settings, String src, Consumer<String> onText) throws IOException {
        try (TextGenerator generator = open(settings)) {
            return generator.generate(src, options(settings, generator.eosTokenIds()), onText);
        }
    }

    private static TextGenerator open(Settings settings) throws IOException {
        Optional<Path> model = settings.optionalText("model_name_or_path").map(Path::of);
        Optional<Path> adapter = settings.optionalText("lora_path").map(Path::of);
        return adapter.isPresent()
                ? TextGenerator.open(model, adapter.get(), settings.flag("bf16"), settings.text("device"))
                : TextGenerator.open(model.orElseThrow(), settings.flag("bf16"), settings.text("device"));
    }

    private static GenerationOptions options(Settings settings, Set<Integer> eosTokenIds) {
        int maxNewTokens = settings.count("max_new_tokens");
        if (!settings.flag("do_sample")) {
            return GenerationOptions.greedy(maxNewTokens, eosTokenIds);
        }
        return new GenerationOptions(
                maxNewTokens,
                settings.real("temperature"),
                settings.count("top_k"),
                settings.real("top_p"),
                settings.number("seed"),
                eosTokenIds);
    }
}
