package dev.packtrain.jobs.recipe;

import static dev.packtrain.jobs.recipe.RecipeKey.key;

import dev.packtrain.jobs.recipe.ValueType.Choice;
import dev.packtrain.jobs.recipe.ValueType.Flag;
import dev.packtrain.jobs.recipe.ValueType.Text;
import dev.packtrain.jobs.recipe.ValueType.Whole;
import dev.packtrain.training.options.EvaluationOptions;
import dev.packtrain.training.options.EvaluationOptions.Strategy;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The keys of evaluation while training. */
final class EvaluationKeys {
    private static final String HELD_OUT = "eval_dataset_name_or_path";
    private static final String DO_EVAL = "do_eval";
    private static final String MAX_SAMPLES = "max_eval_samples";
    /** Hugging Face's name for when, and PaddleNLP's, which was Hugging Face's. */
    private static final List<String> STRATEGY = List.of("eval_strategy", "evaluation_strategy");

    private static final String NO = "no";
    private static final Choice WHEN = new Choice(List.of(NO, "steps", "epoch"));
    private static final Whole COUNT = new Whole(1, Integer.MAX_VALUE);

    static final List<RecipeKey> ALL = List.of(
            evaluation(
                    DO_EVAL,
                    new Flag(),
                    false,
                    "evaluate while training: eval_strategy says when, without it in steps"),
            evaluation(
                    HELD_OUT,
                    new Text("PATH"),
                    null,
                    "held-out data; train: prepared data; run: records, or unset for the dev side of dev_ratio or dev_rows"),
            evaluation(
                    STRATEGY.get(0),
                    WHEN,
                    NO,
                    "steps: every eval_steps steps; epoch: after every pass over the data; either also at the end"),
            evaluation(STRATEGY.get(1), WHEN, NO, "the same as eval_strategy, as PaddleNLP calls it"),
            evaluation(
                    "eval_steps",
                    COUNT,
                    500L,
                    "an evaluation every so many steps (PaddleNLP: logging_steps, which is 500 there)"),
            evaluation(MAX_SAMPLES, COUNT, null, "evaluate on the first so many examples only"),
            evaluation(
                    "per_device_eval_batch_size",
                    COUNT,
                    1L,
                    "changes nothing: packs are evaluated one at a time, and the figures are those of any batch size"));

    private EvaluationKeys() {}

    private static RecipeKey evaluation(String name, ValueType type, Object defaultValue, String doc) {
        return key(name, type, defaultValue, doc, KeyGroup.EVALUATION, Set.of(Command.TRAIN, Command.RUN));
    }

    static EvaluationOptions options(Settings settings) {
        Strategy strategy = strategy(settings);
        return strategy == Strategy.NO
                ? EvaluationOptions.NONE
                : new EvaluationOptions(
                        strategy,
                        settings.count("eval_steps"),
                        settings.has(MAX_SAMPLES) ? settings.count(MAX_SAMPLES) : 0);
    }

    /** As PaddleNLP has it: do_eval without a strategy means steps, and a strategy turns evaluation on. */
    private static Strategy strategy(Settings settings) {
        Optional<String> asked = STRATEGY.stream()
                .map(settings::text)
                .filter(text -> !text.equals(NO))
                .findFirst();
        String resolved = asked.orElse(settings.flag(DO_EVAL) ? "steps" : NO);
        return Strategy.valueOf(resolved.toUpperCase(Locale.ROOT));
    }

    /** Where the held-out data come from, if the run is evaluated and a path is given. */
    static Optional<String> heldOut(Settings settings) {
        return strategy(settings) == Strategy.NO ? Optional.empty() : settings.optionalText(HELD_OUT);
    }

    /** What contradicts what. */
    static List<String> problems(Settings settings) {
        List<String> problems = new ArrayList<>();
        boolean bothSet = STRATEGY.stream().allMatch(settings::isSet);
        if (bothSet && !settings.text(STRATEGY.get(0)).equals(settings.text(STRATEGY.get(1)))) {
            problems.add("eval_strategy is %s and evaluation_strategy is %s, which mean the same; leave one of them out"
                    .formatted(settings.text(STRATEGY.get(0)), settings.text(STRATEGY.get(1))));
        }
        Strategy strategy = strategy(settings);
        if (strategy == Strategy.NO) {
            if (settings.has(HELD_OUT)) {
                problems.add(
                        "eval_dataset_name_or_path is set but do_eval is false; set do_eval to true, or leave eval_dataset_name_or_path out");
            }
            return problems;
        }
        if (settings.isSet(DO_EVAL) && !settings.flag(DO_EVAL)) {
            problems.add("do_eval is false but eval_strategy is %s; set do_eval to true, or eval_strategy to no"
                    .formatted(strategy.name().toLowerCase(Locale.ROOT)));
        }
        if (settings.command() == Command.RUN) {
            dataOfRun(settings, problems);
        } else if (!settings.has(HELD_OUT)) {
            problems.add(
                    "do_eval is true but eval_dataset_name_or_path is not set; give data that were prepared to be held out, as with split dev");
        }
        return problems;
    }

    private static void dataOfRun(Settings settings, List<String> problems) {
        boolean splits = settings.real("dev_ratio") > 0 || settings.number("dev_rows") > 0;
        if (splits == settings.has(HELD_OUT)) {
            problems.add(
                    splits
                            ? "eval_dataset_name_or_path is set and dev_ratio or dev_rows too; leave one of them out, so that there is one held-out set"
                            : "do_eval is true but no data are held out; set eval_dataset_name_or_path, dev_ratio or dev_rows");
        }
        if (splits && settings.text("split").equals("dev")) {
            problems.add("split is dev, but do_eval holds the dev side out; leave split out");
        }
    }
}
