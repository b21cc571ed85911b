package dev.packtrain.training.peft;

import dev.packtrain.training.options.PeftOptions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The text that virtual tokens begin as, for those who have a tokenizer: a training process has none. */
public final class PromptText {
    /** Among the settings of {@link PeftOptions}: the text's token ids, a list of numbers. No key of recipes. */
    static final String TOKEN_IDS = "prompt_tuning_init_token_ids";

    private PromptText() {}

    /** The text of a run that begins prompts with one; empty where it does not, or goes on from an adapter. */
    public static Optional<String> of(PeftOptions options) {
        return PromptTuning.NAME.equals(options.method()) && options.adapterDir() == null
                ? Optional.ofNullable((String) options.settings().get(PromptTuning.INITIAL_TEXT))
                : Optional.empty();
    }

    /**
     * The same run with the ids of its text.
     *
     * @param tokenIds as PEFT has them: with what the tokenizer adds to a sequence
     */
    public static PeftOptions with(PeftOptions options, List<Integer> tokenIds) {
        Map<String, Object> settings = new LinkedHashMap<>(options.settings());
        settings.put(TOKEN_IDS, List.copyOf(tokenIds));
        return new PeftOptions(options.method(), settings, options.adapterDir());
    }
}
