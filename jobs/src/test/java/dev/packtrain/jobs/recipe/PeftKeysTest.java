package dev.packtrain.jobs.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.PeftOptions;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PeftKeysTest {
    private static final Map<String, Object> BASE =
            Map.of("dataset_name_or_path", "d", "model_name_or_path", "m", "output_dir", "o");

    private static Settings train(Map<String, Object> more) {
        Map<String, Object> all = new HashMap<>(BASE);
        all.putAll(more);
        return Recipe.of(all).resolve(Command.TRAIN);
    }

    @Test
    void withoutLoraAllWeightsAreTrained() {
        assertThat(TrainingRecipe.options(train(Map.of())).model().peft().present())
                .isFalse();
        assertThat(PeftKeys.options(train(Map.of("lora", false, "lora_rank", 8, "lora_alpha", -1, "lora_dropout", 0))))
                .as("PaddleNLP's defaults, spelled out")
                .isEqualTo(PeftOptions.NONE);
    }

    @Test
    void aPlanOfAnAdapterNeedsNoWeights() {
        Settings planned = Recipe.of(Map.of("config_name", "c", "lora", true)).resolve(Command.PLAN);
        assertThat(PeftKeys.options(planned).method()).isEqualTo("lora");
        assertThatThrownBy(() ->
                        Recipe.of(Map.of("config_name", "c", "lora_rank", 4)).resolve(Command.PLAN))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("lora_rank is set but lora is false");
    }

    @Test
    void onlyWhatIsGivenIsHandedOn() {
        PeftOptions options = TrainingRecipe.options(train(Map.of(
                        "lora",
                        true,
                        "lora_rank",
                        16,
                        "lora_plus_scale",
                        4,
                        "lora_target_modules",
                        List.of("q_proj", ".*[0,1].v_proj"),
                        "lora_path",
                        "a")))
                .model()
                .peft();
        assertThat(options.method()).isEqualTo("lora");
        assertThat(options.settings())
                .isEqualTo(Map.of(
                        "lora_rank",
                        16L,
                        "lora_plus_scale",
                        4.0,
                        "lora_target_modules",
                        List.of("q_proj", ".*[0,1].v_proj")));
        assertThat(Path.of(options.adapterDir())).isAbsolute();
    }

    @Test
    void contradictionsAreNamed() {
        assertRefused(Map.of("lora_rank", 16), "lora_rank is set but lora is false");
        assertRefused(Map.of("lora_rank", 8), "lora_rank is set but lora is false");
        assertRefused(Map.of("vera_rank", 4), "vera_rank is set but vera is false");
        assertRefused(Map.of("lora", true, "vera", true), "lora and vera are all true");
        assertRefused(Map.of("lora_path", "a"), "lora_path is set but lora is false");
        assertRefused(Map.of("lora", true, "lora_rank", 0), "lora_rank wants a whole number of at least 1, got 0");
        assertRefused(Map.of("lora", true, "lora_dropout", 2), "lora_dropout wants a number from 0 to 1");
        assertRefused(Map.of("lora", true, "lora_target_modules", List.of()), "lora_target_modules wants names");
        Map<String, Object> scratch =
                Map.of("dataset_name_or_path", "d", "config_name", "c", "output_dir", "o", "lora", true);
        assertThatThrownBy(() -> Recipe.of(scratch).resolve(Command.TRAIN))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("lora is true but model_name_or_path is not set");
    }

    @Test
    void methodsMayShareAKey() {
        PeftOptions options = TrainingRecipe.options(train(Map.of("p_tuning", true, "num_virtual_tokens", 7)))
                .model()
                .peft();
        assertThat(options.method()).isEqualTo("p_tuning");
        assertThat(options.settings()).isEqualTo(Map.of("num_virtual_tokens", 7L));
        assertRefused(Map.of("num_virtual_tokens", 7), "num_virtual_tokens is set but prompt_tuning is false");
        assertRefused(Map.of("reft", true, "prefix_tuning", true), "wanted one method at most");
    }

    @Test
    void noiseNeedsNoAdaptersAndIsOffUnlessAskedFor() {
        assertThat(alpha(Map.of())).isZero();
        assertThat(alpha(Map.of("neftune", false, "neftune_noise_alpha", 5.0)))
                .as("PaddleNLP's defaults, spelled out")
                .isZero();
        assertThat(alpha(Map.of("neftune", true))).isEqualTo(5);
        assertThat(alpha(Map.of("neftune", true, "neftune_noise_alpha", 10, "lora", true)))
                .isEqualTo(10);
        assertRefused(Map.of("neftune_noise_alpha", 7), "neftune_noise_alpha is set but neftune is false");
        // All that transformers wants to be told, with the paper's value.
        assertRefused(Map.of("neftune_noise_alpha", 5), "neftune_noise_alpha is set but neftune is false");
        assertRefused(Map.of("neftune", true, "neftune_noise_alpha", 0), "neftune_noise_alpha is 0");
    }

    private static double alpha(Map<String, Object> more) {
        return TrainingRecipe.options(train(more)).model().neftuneNoiseAlpha();
    }

    private static void assertRefused(Map<String, Object> more, String message) {
        assertThatThrownBy(() -> train(more))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(message);
    }

    @Test
    void generateNeedsAModelOrAnAdapterAndMergeAnAdapter() {
        assertThat(Recipe.of(Map.of("lora_path", "a")).resolve(Command.GENERATE).text("lora_path"))
                .isEqualTo("a");
        assertThatThrownBy(() -> Recipe.of(Map.of()).resolve(Command.GENERATE))
                .hasMessageContaining("model_name_or_path is missing");
        assertThatThrownBy(() -> Recipe.of(Map.of("output_dir", "o")).resolve(Command.MERGE))
                .hasMessageContaining("lora_path is missing");
    }
}
