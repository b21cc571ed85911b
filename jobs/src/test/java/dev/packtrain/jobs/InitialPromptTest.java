package dev.packtrain.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.Recipe;
import dev.packtrain.jobs.recipe.TrainingRecipe;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.options.TrainingOptions;
import dev.packtrain.training.peft.AdaptedModel;
import dev.packtrain.training.peft.Adapters;
import dev.packtrain.training.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prompts that begin as a text, from the recipe to the numbers: docs/goldens/make_prompt_goldens.py. */
class InitialPromptTest {
    private static final Path GOLDENS = Path.of("../training/src/test/resources/goldens");
    private static final Path ADAPTER = GOLDENS.resolve("prompts/prompt_text");
    private static final Map<String, Object> TEXT =
            Map.of("prompt_tuning_init", "TEXT", "prompt_tuning_init_text", "write , then read");

    @TempDir
    Path base;

    @BeforeEach
    void copyBase() throws IOException {
        for (String name : List.of("config.json", "model.safetensors")) {
            Files.copy(GOLDENS.resolve("gqa_tied").resolve(name), base.resolve(name));
        }
    }

    private void addTokenizer() throws IOException {
        for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
            Files.copy(ADAPTER.resolve("tokenizer").resolve(name), base.resolve(name));
        }
    }

    private TrainingOptions options(Map<String, Object> more) {
        Map<String, Object> keys = new HashMap<>(Map.of(
                "dataset_name_or_path",
                "d",
                "output_dir",
                "o",
                "model_name_or_path",
                base.toString(),
                "prompt_tuning",
                true,
                "num_virtual_tokens",
                7));
        keys.putAll(more);
        return TrainingRecipe.options(Recipe.of(keys).resolve(Command.TRAIN));
    }

    @Test
    void promptsBeginAsInPeft() throws IOException {
        addTokenizer();
        TorchRuntime.start(1);
        TrainingOptions options = InitialPrompt.tokenised(options(TEXT));
        DecoderConfig config = DecoderConfig.read(base, Map.of());
        TensorScope.run(() -> {
            try (AdaptedModel model = Adapters.of(options.model().peft(), 1).load(new DecoderBuilder(config), base);
                    SafetensorsFile peft = SafetensorsFile.open(ADAPTER.resolve("adapter_model.safetensors"))) {
                Tensor prompts = model.parameters().get(0).tensor().detach();
                assertThat(prompts.size(0)).isEqualTo(7);
                assertThat(prompts.equal(peft.read("prompt_embeddings"))).isTrue();
            }
        });
    }

    @Test
    void withoutATextNoTokenizerIsNeeded() throws IOException {
        TrainingOptions options = options(Map.of("prompt_tuning_init", "RANDOM"));
        assertThat(InitialPrompt.tokenised(options)).isSameAs(options);
        assertThatThrownBy(() -> InitialPrompt.tokenised(options(TEXT)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("tokenizer");
    }
}
