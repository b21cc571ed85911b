package dev.packtrain.jobs;

import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.Recipe;
import dev.packtrain.jobs.recipe.Settings;
import dev.packtrain.jobs.recipe.TrainingRecipe;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.generation.GenerationOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;

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

    /**
     * Writes for one source, and tells the text piece by piece.
     *
     * <p>With several adapters in {@code lora_path}, between commas, the base is loaded once and each of them writes; its name
     * is told before its text.
     *
     * @return the text; of several adapters all that was told
     */
    public static String run(Settings settings, String src, Consumer<String> onText) throws IOException {
        CudaPasses.choose(ComputeDevice.of(settings.text("device"), 0), TrainingRecipe.fusedKernels(settings));
        List<Path> adapters = adapters(settings);
        if (adapters.size() > 1) {
            return inTurn(settings, adapters, src, onText);
        }
        try (TextGenerator generator = open(settings)) {
            return generator.generate(src, options(settings, generator.eosTokenIds()), onText);
        }
    }

    private static List<Path> adapters(Settings settings) {
        return settings.optionalText("lora_path").stream()
                .flatMap(Pattern.compile(",")::splitAsStream)
                .map(String::strip)
                .map(Path::of)
                .toList();
    }

    private static String inTurn(Settings settings, List<Path> adapters, String src, Consumer<String> onText)
            throws IOException {
        StringBuilder all = new StringBuilder();
        Consumer<String> tell = text -> {
            all.append(text);
            onText.accept(text);
        };
        Optional<Path> base = settings.optionalText("model_name_or_path").map(Path::of);
        TextGenerator.inTurn(base, adapters, settings.flag("bf16"), settings.text("device"), (adapter, generator) -> {
            tell.accept((all.isEmpty() ? "" : "\n") + adapter + ": ");
            generator.generate(src, options(settings, generator.eosTokenIds()), tell);
        });
        return all.toString();
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
