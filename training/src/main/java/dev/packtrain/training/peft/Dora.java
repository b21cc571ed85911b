package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** DoRA: see {@link DoraAdaptation}. */
final class Dora implements LoraVariant {
    static final String NAME = "use_dora";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<PeftKey> keys() {
        return List.of(new PeftKey(
                NAME,
                PeftKey.Kind.FLAG,
                false,
                "with lora: DoRA, which trains the length of every row of a weight apart from its direction (false)"));
    }

    @Override
    public Adaptation of(LoraAdaptation lora, PeftSettings settings) {
        return new DoraAdaptation(lora);
    }

    @Override
    public boolean wrote(JsonNode config) {
        return config.path(NAME).asBoolean(false);
    }
}
