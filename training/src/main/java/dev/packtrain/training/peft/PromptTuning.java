package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/** Prompt tuning: see {@link PromptAdaptation}. */
final class PromptTuning implements PeftMethod {
    static final String NAME = "prompt_tuning";
    static final String TOKENS = "num_virtual_tokens";
    static final int DEFAULT_TOKENS = 20;
    static final String SAMPLED = "SAMPLE_VOCAB";
    static final String RANDOM = "RANDOM";

    private static final String INITIAL = "prompt_tuning_init";

    static final PeftKey TOKENS_KEY = new PeftKey(
            TOKENS,
            PeftKey.Kind.COUNT,
            DEFAULT_TOKENS,
            "with prompt_tuning or p_tuning: virtual tokens before every document (20)");

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String peftType() {
        return "PROMPT_TUNING";
    }

    @Override
    public boolean adaptsLinears() {
        return false;
    }

    @Override
    public String doc() {
        return "train embedded tokens before every document and freeze the model (prompt tuning)";
    }

    @Override
    public List<PeftKey> keys() {
        return List.of(
                TOKENS_KEY,
                new PeftKey(
                        INITIAL,
                        PeftKey.Kind.NAMES,
                        null,
                        "SAMPLE_VOCAB: they begin as tokens of the vocabulary, as in the paper; RANDOM: as N(0, 1), PEFT's"
                                + " default (SAMPLE_VOCAB)"));
    }

    @Override
    public Adaptation configure(PeftSettings settings) {
        return new PromptAdaptation(
                settings.count(TOKENS).orElse(DEFAULT_TOKENS),
                settings.text(INITIAL, SAMPLED, RANDOM).orElse(SAMPLED).equals(SAMPLED));
    }

    @Override
    public Adaptation read(JsonNode config, List<String> modules, PeftSettings settings) {
        PromptConfig.refuseUnsupported(config);
        // How it began is of no use to an adapter that is there; PEFT may have begun with a text.
        String initial = config.path("prompt_tuning_init").asText();
        return configure(settings.goingOnFrom(Map.of(
                TOKENS,
                config.path("num_virtual_tokens").asInt(),
                INITIAL,
                initial.equals(SAMPLED) ? SAMPLED : RANDOM)));
    }
}
