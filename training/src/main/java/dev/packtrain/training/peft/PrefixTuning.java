package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Prefix tuning and P-tuning v2: see {@link PrefixAdaptation}. */
final class PrefixTuning implements PeftMethod {
    static final String NAME = "prefix_tuning";

    private static final String TOKENS = "num_prefix_tokens";
    private static final String PROJECTION = "prefix_projection";
    private static final String HIDDEN = "prefix_projection_hidden_size";
    private static final int DEFAULT_TOKENS = 128;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String peftType() {
        return "PREFIX_TUNING";
    }

    @Override
    public boolean adaptsLinears() {
        return false;
    }

    @Override
    public boolean needsAnyMask() {
        return true;
    }

    @Override
    public String doc() {
        return "train keys and values that every document sees in every layer, and freeze the model (prefix tuning, P-tuning v2)";
    }

    @Override
    public List<PeftKey> keys() {
        return List.of(
                new PeftKey(TOKENS, PeftKey.Kind.COUNT, DEFAULT_TOKENS, "virtual tokens before every document (128)"),
                new PeftKey(
                        PROJECTION,
                        PeftKey.Kind.FLAG,
                        false,
                        "a network makes the keys and values, as in the prefix-tuning paper; false: P-tuning v2 (false)"),
                new PeftKey(
                        HIDDEN,
                        PeftKey.Kind.COUNT,
                        null,
                        "width of that network (that of all key/value heads together)"));
    }

    @Override
    public Adaptation configure(PeftSettings settings) {
        return new PrefixAdaptation(
                settings.count(TOKENS).orElse(DEFAULT_TOKENS),
                settings.flag(PROJECTION).orElse(false),
                settings.count(HIDDEN));
    }

    @Override
    public Adaptation read(JsonNode config, List<String> modules, PeftSettings settings) {
        PromptConfig.refuseUnsupported(config);
        Map<String, Object> adapter = new LinkedHashMap<>();
        adapter.put(TOKENS, config.path("num_virtual_tokens").asInt());
        adapter.put(PROJECTION, config.path("prefix_projection").asBoolean(false));
        if (config.path("prefix_projection").asBoolean(false) && config.hasNonNull("encoder_hidden_size")) {
            adapter.put(HIDDEN, config.path("encoder_hidden_size").asInt());
        }
        return configure(settings.goingOnFrom(adapter));
    }
}
