package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import dev.packtrain.packing.BadInputException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Prompt tuning: see {@link PromptAdaptation}. */
final class PromptTuning implements PeftMethod {
    static final String NAME = "prompt_tuning";
    static final String TOKENS = "num_virtual_tokens";
    static final int DEFAULT_TOKENS = 20;
    static final String INITIAL = "prompt_tuning_init";
    static final String INITIAL_TEXT = "prompt_tuning_init_text";

    private static final String[] KINDS =
            Arrays.stream(PromptStart.Kind.values()).map(Enum::name).toArray(String[]::new);

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
                        PeftKey.Kind.NAME,
                        null,
                        "SAMPLE_VOCAB: they begin as tokens of the vocabulary, as in the paper; TEXT: as those of"
                                + " prompt_tuning_init_text; RANDOM: as N(0, 1), PEFT's default (SAMPLE_VOCAB)"),
                new PeftKey(
                        INITIAL_TEXT,
                        PeftKey.Kind.TEXT,
                        null,
                        "with prompt_tuning_init TEXT: a text, cut or repeated to num_virtual_tokens"));
    }

    @Override
    public Adaptation configure(PeftSettings settings) {
        return new PromptAdaptation(settings.count(TOKENS).orElse(DEFAULT_TOKENS), start(settings));
    }

    private static PromptStart start(PeftSettings settings) {
        PromptStart.Kind kind =
                settings.text(INITIAL, KINDS).map(PromptStart.Kind::valueOf).orElse(PromptStart.Kind.SAMPLE_VOCAB);
        Optional<String> text = settings.line(INITIAL_TEXT);
        if (text.isPresent() != (kind == PromptStart.Kind.TEXT)) {
            throw new BadInputException("%s is %s and %s is %s; wanted a text with TEXT, and none without."
                    .formatted(
                            INITIAL,
                            kind,
                            INITIAL_TEXT,
                            text.map("'%s'"::formatted).orElse("not set")));
        }
        return new PromptStart(kind, text, settings.wholes(PromptText.TOKEN_IDS));
    }

    @Override
    public Adaptation read(JsonNode config, List<String> modules, PeftSettings settings) {
        PromptConfig.refuseUnsupported(config);
        Map<String, Object> adapter = new LinkedHashMap<>();
        adapter.put(TOKENS, config.path(TOKENS).asInt());
        adapter.put(INITIAL, config.path(INITIAL).asText(PromptStart.Kind.RANDOM.name()));
        if (config.hasNonNull(INITIAL_TEXT)) {
            adapter.put(INITIAL_TEXT, config.path(INITIAL_TEXT).asText());
        }
        return configure(settings.goingOnFrom(adapter));
    }
}
