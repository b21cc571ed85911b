package dev.packtrain.jobs.recipe;

import static dev.packtrain.jobs.recipe.Command.GENERATE;
import static dev.packtrain.jobs.recipe.Command.MERGE;
import static dev.packtrain.jobs.recipe.Command.PLAN;
import static dev.packtrain.jobs.recipe.Command.RUN;
import static dev.packtrain.jobs.recipe.Command.TRAIN;
import static dev.packtrain.jobs.recipe.RecipeKey.key;

import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.peft.PeftKey;
import dev.packtrain.training.peft.PeftMethod;
import dev.packtrain.training.peft.PeftMethods;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The keys of parameter-efficient fine-tuning: every method says its own; and {@code lora_path}. */
final class PeftKeys {
    /** An adapter directory. */
    static final String ADAPTER = "lora_path";

    private static final String NEFTUNE = "neftune";
    private static final String NEFTUNE_ALPHA = "neftune_noise_alpha";
    private static final double DEFAULT_ALPHA = 5;
    private static final Set<Command> TRAINING = Set.of(TRAIN, RUN, PLAN);

    static final List<RecipeKey> ALL = all();

    private PeftKeys() {}

    private static List<RecipeKey> all() {
        List<RecipeKey> keys = new ArrayList<>();
        for (PeftMethod method : PeftMethods.all()) {
            keys.add(key(method.name(), new ValueType.Flag(), false, method.doc(), KeyGroup.PEFT, TRAINING));
            for (PeftKey own : method.keys()) {
                // Methods may share a key.
                if (keys.stream().noneMatch(there -> there.name().equals(own.name()))) {
                    keys.add(key(own.name(), type(own.kind()), null, own.doc(), KeyGroup.PEFT, TRAINING));
                }
            }
        }
        keys.add(key(
                NEFTUNE,
                new ValueType.Flag(),
                false,
                "NEFTune: noise on embedded tokens in training, with adapters or without",
                KeyGroup.PEFT,
                TRAINING));
        keys.add(key(
                NEFTUNE_ALPHA,
                new ValueType.Real(0, Double.MAX_VALUE),
                null,
                "with neftune: how much; the paper has 5, 10 and 15 (5)",
                KeyGroup.PEFT,
                TRAINING));
        keys.add(key(
                ADAPTER,
                new ValueType.Text("PATH"),
                null,
                "an adapter directory in PEFT's format: train, run: to go on from; generate: to write with (several, between commas: each in turn); merge: to merge",
                KeyGroup.PEFT,
                Set.of(TRAIN, RUN, PLAN, GENERATE, MERGE)));
        return List.copyOf(keys);
    }

    private static ValueType type(PeftKey.Kind kind) {
        return switch (kind) {
            case FLAG -> new ValueType.Flag();
            case COUNT -> new ValueType.Whole(1, Integer.MAX_VALUE);
            case WHOLE -> new ValueType.Whole(-1, Integer.MAX_VALUE);
            case REAL -> new ValueType.Real(-1, Double.MAX_VALUE);
            case SHARE -> new ValueType.Real(0, 1);
            case NAMES -> new ValueType.Names();
            case NAME -> new ValueType.Text("NAME");
            case TEXT -> new ValueType.Text("TEXT");
        };
    }

    /** The method that a recipe turns on, with the settings that were given. */
    static PeftOptions options(Settings settings) {
        Optional<PeftMethod> on = PeftMethods.all().stream()
                .filter(method -> settings.flag(method.name()))
                .findFirst();
        if (on.isEmpty()) {
            return PeftOptions.NONE;
        }
        Map<String, Object> given = new LinkedHashMap<>();
        for (PeftKey own : on.get().keys()) {
            settings.value(own.name()).ifPresent(value -> given.put(own.name(), value));
        }
        String adapter = settings.optionalText(ADAPTER)
                .map(path -> Path.of(path).toAbsolutePath().normalize().toString())
                .orElse(null);
        return new PeftOptions(on.get().name(), given, adapter);
    }

    /** How much noise a recipe asks for; 0: none. */
    static double neftuneAlpha(Settings settings) {
        return !settings.flag(NEFTUNE)
                ? 0
                : settings.isSet(NEFTUNE_ALPHA) ? settings.real(NEFTUNE_ALPHA) : DEFAULT_ALPHA;
    }

    private static List<String> noiseProblems(Settings settings) {
        if (!settings.isSet(NEFTUNE_ALPHA)) {
            return List.of();
        }
        double alpha = settings.real(NEFTUNE_ALPHA);
        if (settings.flag(NEFTUNE)) {
            return alpha > 0
                    ? List.of()
                    : List.of("neftune_noise_alpha is 0; wanted more than 0, or leave neftune out for no noise");
        }
        // Alone it turns the noise on for transformers, so it cannot pass for a default that nobody chose.
        return alpha == DEFAULT_ALPHA && settings.isSet(NEFTUNE)
                ? List.of()
                : List.of(
                        "neftune_noise_alpha is set but neftune is false; set neftune to true, or leave neftune_noise_alpha out");
    }

    /** What contradicts what. */
    static List<String> problems(Settings settings) {
        List<String> problems = new ArrayList<>(noiseProblems(settings));
        List<String> on = PeftMethods.all().stream()
                .map(PeftMethod::name)
                .filter(settings::flag)
                .toList();
        if (on.size() > 1) {
            problems.add("%s are all true; wanted one method at most".formatted(String.join(" and ", on)));
        }
        for (PeftMethod method : PeftMethods.all()) {
            for (PeftKey own : method.keys()) {
                if (!isOfOneOf(on, own) && settings.isSet(own.name()) && !isOff(settings, own)) {
                    problems.add("%s is set but %s is false; set %s to true, or leave %s out"
                            .formatted(own.name(), method.name(), method.name(), own.name()));
                }
            }
        }
        if (on.isEmpty() && settings.has(ADAPTER)) {
            problems.add("lora_path is set but lora is false; set lora to true, or leave lora_path out");
        }
        // A plan reads a config alone.
        if (!on.isEmpty() && settings.command() != PLAN && !settings.has("model_name_or_path")) {
            problems.add(
                    "%s is true but model_name_or_path is not set; adapters are trained on a model that is there, so give one"
                            .formatted(on.get(0)));
        }
        return problems;
    }

    private static boolean isOfOneOf(List<String> methods, PeftKey key) {
        return PeftMethods.all().stream()
                .filter(method -> methods.contains(method.name()))
                .flatMap(method -> method.keys().stream())
                .anyMatch(own -> own.name().equals(key.name()));
    }

    /**
     * Recipes that spell out PaddleNLP's defaults beside {@code "lora": false} ask for nothing; without these words a rank
     * that happens to be the default is somebody's wish for adapters.
     */
    private static boolean isOff(Settings settings, PeftKey key) {
        boolean saidSo = PeftMethods.all().stream()
                .filter(method ->
                        method.keys().stream().anyMatch(own -> own.name().equals(key.name())))
                .anyMatch(method -> settings.isSet(method.name()));
        return saidSo && key.isDefault(settings.value(key.name()).orElseThrow());
    }
}
