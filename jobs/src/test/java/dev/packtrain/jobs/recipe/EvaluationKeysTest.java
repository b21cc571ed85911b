package dev.packtrain.jobs.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.EvaluationOptions;
import dev.packtrain.training.options.EvaluationOptions.Strategy;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvaluationKeysTest {
    private static Settings resolve(Command command, Map<String, ?> keys) {
        Map<String, Object> all = new LinkedHashMap<>(Map.of(
                "dataset_name_or_path", "d", "config_name", "c", "tokenizer_name_or_path", "t", "output_dir", "o"));
        all.putAll(keys);
        return Recipe.of(all).resolve(command);
    }

    private static EvaluationOptions options(Map<String, ?> keys) {
        Map<String, Object> all = new LinkedHashMap<>(Map.of("eval_dataset_name_or_path", "dev"));
        all.putAll(keys);
        return TrainingRecipe.options(resolve(Command.TRAIN, all)).evaluation();
    }

    @Test
    void withoutAskingThereIsNone() {
        Settings settings = resolve(Command.TRAIN, Map.of("do_eval", false, "eval_strategy", "no", "eval_steps", 7));
        assertThat(TrainingRecipe.options(settings).evaluation()).isEqualTo(EvaluationOptions.NONE);
        assertThat(TrainingRecipe.heldOut(settings)).isEmpty();
    }

    @Test
    void aStrategyByEitherNameOrDoEvalAloneTurnsItOn() {
        assertThat(options(Map.of("do_eval", true))).isEqualTo(new EvaluationOptions(Strategy.STEPS, 500, 0));
        assertThat(options(Map.of("eval_strategy", "steps", "eval_steps", 20, "max_eval_samples", 64)))
                .isEqualTo(new EvaluationOptions(Strategy.STEPS, 20, 64));
        assertThat(options(Map.of("do_eval", true, "evaluation_strategy", "epoch", "per_device_eval_batch_size", 8)))
                .isEqualTo(new EvaluationOptions(Strategy.EPOCH, 500, 0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    TRAIN | do_eval=true | eval_dataset_name_or_path is not set
                    TRAIN | eval_strategy=epoch | eval_dataset_name_or_path is not set
                    TRAIN | eval_dataset_name_or_path=dev | set but do_eval is false
                    TRAIN | eval_strategy=epoch;evaluation_strategy=steps;eval_dataset_name_or_path=dev | mean the same
                    TRAIN | eval_strategy=epoch;do_eval=false;eval_dataset_name_or_path=dev | do_eval is false but
                    RUN   | do_eval=true | no data are held out
                    RUN   | do_eval=true;dev_ratio=0.1;eval_dataset_name_or_path=dev | one held-out set
                    RUN   | do_eval=true;dev_rows=9;split=dev | split is dev
                    """)
    void whatContradictsItselfIsRefused(Command command, String keys, String reason) {
        Map<String, Object> given = new LinkedHashMap<>();
        for (String key : keys.split(";", -1)) {
            String[] parts = key.split("=", 2);
            given.put(parts[0], plain(parts[1]));
        }
        assertThatThrownBy(() -> resolve(command, given))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(reason);
    }

    private static Object plain(String text) {
        if (text.matches("true|false")) {
            return Boolean.valueOf(text);
        }
        return text.matches("[\\d.]+") ? (Object) Double.valueOf(text) : text;
    }

    @Test
    void aRunHoldsOutItsDevSideOrPreparesOtherRecords() {
        Settings split = resolve(Command.RUN, Map.of("do_eval", true, "dev_ratio", 0.1));
        Settings ofSplit = PreparingRecipe.heldOut(split);
        assertThat(ofSplit.text("split")).isEqualTo("dev");
        assertThat(ofSplit.text("dataset_name_or_path")).isEqualTo("d");
        Settings other = resolve(
                Command.RUN,
                Map.of("do_eval", true, "eval_dataset_name_or_path", "dev.jsonl", "dataset_weights", "1,2"));
        Settings ofOther = PreparingRecipe.heldOut(other);
        assertThat(ofOther.text("dataset_name_or_path")).isEqualTo("dev.jsonl");
        assertThat(ofOther.has("dataset_weights")).isFalse();
        assertThat(ofOther.text("split")).isEqualTo("train");
    }
}
