package dev.packtrain.jobs;

import dev.packtrain.pipeline.tokenizer.Tokenizer;
import dev.packtrain.pipeline.tokenizer.Tokenizers;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.TrainingOptions;
import dev.packtrain.training.peft.PromptText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** {@code prompt_tuning_init_text} as tokens, which training processes cannot make. */
final class InitialPrompt {
    private InitialPrompt() {}

    /**
     * Options with the tokens of their text, by the base's tokenizer, with what it adds to a sequence, as PEFT has it; as they
     * are without a text.
     *
     * @throws dev.packtrain.packing.BadInputException if the base's directory has no tokenizer
     */
    static TrainingOptions tokenised(TrainingOptions options) throws IOException {
        ModelOptions model = options.model();
        Optional<String> text = PromptText.of(model.peft());
        if (text.isEmpty()) {
            return options;
        }
        try (Tokenizer tokenizer = Tokenizers.load(Path.of(model.modelDir()))) {
            int[] ids = tokenizer.encode(text.get(), true);
            return options.withModel(model.withPeft(
                    PromptText.with(model.peft(), Arrays.stream(ids).boxed().toList())));
        }
    }
}
