package dev.packtrain.jobs.recipe;

import static dev.packtrain.jobs.recipe.Command.MERGE;
import static dev.packtrain.jobs.recipe.Command.PLAN;
import static dev.packtrain.jobs.recipe.Command.RUN;
import static dev.packtrain.jobs.recipe.Command.TRAIN;
import static dev.packtrain.jobs.recipe.RecipeKey.key;

import dev.packtrain.jobs.recipe.ValueType.Choice;
import dev.packtrain.jobs.recipe.ValueType.Flag;
import dev.packtrain.jobs.recipe.ValueType.Whole;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.options.QuantizationOptions.Algorithm;
import dev.packtrain.training.peft.PeftMethod;
import dev.packtrain.training.peft.PeftMethods;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The keys of a frozen base whose weights are kept in few bits, with PaddleNLP's names. */
public final class QuantizationKeys {
    private static final String MERGE_BASE = "merge_base";
    private static final String ORIGINAL = "original";
    private static final String ALGORITHM = "weight_quantize_algo";
    private static final String BLOCK = "qlora_weight_blocksize";
    private static final String DOUBLE = "qlora_weight_double_quant";
    private static final String DOUBLE_BLOCK = "qlora_weight_double_quant_block_size";
    private static final Whole COUNT = new Whole(1, Integer.MAX_VALUE);
    private static final Set<Command> TRAINING = Set.of(TRAIN, RUN, PLAN);

    static final List<RecipeKey> ALL = List.of(
            key(
                    ALGORITHM,
                    new Choice(Arrays.stream(Algorithm.values())
                            .map(Algorithm::key)
                            .toList()),
                    null,
                    "keeps the linears of the frozen model in 4 or 8 bits a weight (QLoRA); unset: in the run's dtype",
                    KeyGroup.PEFT,
                    TRAINING),
            key(
                    BLOCK,
                    COUNT,
                    (long) QuantizationOptions.BLOCK_SIZE,
                    "weights of a row that share a scale; weight_only_int8: the whole row does",
                    KeyGroup.PEFT,
                    TRAINING),
            key(
                    DOUBLE,
                    new Flag(),
                    false,
                    "scales of nf4 and fp4 in 8 bits instead of 32 (double quantisation)",
                    KeyGroup.PEFT,
                    TRAINING),
            key(
                    DOUBLE_BLOCK,
                    COUNT,
                    (long) QuantizationOptions.DOUBLE_QUANT_BLOCK_SIZE,
                    "scales that share a scale of their own",
                    KeyGroup.PEFT,
                    TRAINING),
            key(
                    MERGE_BASE,
                    new Choice(List.of("dequantized", ORIGINAL)),
                    "dequantized",
                    "of an adapter trained on a quantised base: into the numbers that it was trained on, or into the base's own",
                    KeyGroup.PEFT,
                    Set.of(MERGE)));

    private QuantizationKeys() {}

    /** How the base is kept; null: as it is. */
    static QuantizationOptions options(Settings settings) {
        if (!settings.has(ALGORITHM)) {
            return null;
        }
        return new QuantizationOptions(
                algorithm(settings), settings.count(BLOCK), settings.flag(DOUBLE), settings.count(DOUBLE_BLOCK));
    }

    private static Algorithm algorithm(Settings settings) {
        String name = settings.text(ALGORITHM);
        return Arrays.stream(Algorithm.values())
                .filter(each -> each.key().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Whether an adapter is to be merged into the base's own weights. */
    public static boolean mergesIntoOriginal(Settings settings) {
        return settings.text(MERGE_BASE).equals(ORIGINAL);
    }

    /** What contradicts what. */
    static List<String> problems(Settings settings) {
        List<String> problems = new ArrayList<>();
        if (!settings.has(ALGORITHM)) {
            for (String name : List.of(BLOCK, DOUBLE, DOUBLE_BLOCK)) {
                if (settings.isSet(name) && !isDefault(settings, name)) {
                    problems.add("%s is set but %s is not; set %s, or leave %s out"
                            .formatted(name, ALGORITHM, ALGORITHM, name));
                }
            }
            return problems;
        }
        if (PeftMethods.all().stream().map(PeftMethod::name).noneMatch(settings::flag)) {
            problems.add(
                    "%s is %s but no adapters are trained; a quantised weight cannot be trained itself, so set lora to true, or leave %s out"
                            .formatted(ALGORITHM, settings.text(ALGORITHM), ALGORITHM));
        }
        Algorithm algorithm = algorithm(settings);
        if (settings.flag(DOUBLE) && algorithm != Algorithm.NF4 && algorithm != Algorithm.FP4) {
            problems.add("%s is true but %s is %s; wanted nf4 or fp4, or leave %s out"
                    .formatted(DOUBLE, ALGORITHM, algorithm.key(), DOUBLE));
        }
        return problems;
    }

    /** Recipes that spell out PaddleNLP's defaults ask for nothing. */
    private static boolean isDefault(Settings settings, String name) {
        return ALL.stream().filter(key -> key.name().equals(name)).allMatch(key -> settings.value(name)
                .equals(Optional.of(key.defaultValue())));
    }
}
