package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.BadInputException;

/** What the configs of PEFT's methods with virtual tokens have in common. */
final class PromptConfig {
    private PromptConfig() {}

    /** A config; PEFT finds what is null from the model's own. */
    static ObjectNode of(int numTokens) {
        ObjectNode config = new ObjectMapper().createObjectNode();
        config.put("num_virtual_tokens", numTokens);
        config.put("num_transformer_submodules", 1);
        config.putNull("token_dim");
        config.putNull("num_attention_heads");
        config.putNull("num_layers");
        config.putNull("modules_to_save");
        return config;
    }

    /** Names what changes the meaning of the numbers. */
    static void refuseUnsupported(JsonNode config) {
        if (config.path("num_virtual_tokens").asInt(0) < 1) {
            throw new BadInputException("the adapter has num_virtual_tokens %s in %s; wanted at least 1."
                    .formatted(config.path("num_virtual_tokens"), AdapterDirectory.CONFIG));
        }
        if (config.path("num_transformer_submodules").asInt(1) != 1) {
            throw new BadInputException(
                    "the adapter has num_transformer_submodules %s in %s, as for encoders with decoders; wanted 1."
                            .formatted(config.path("num_transformer_submodules"), AdapterDirectory.CONFIG));
        }
        JsonNode saved = config.path("modules_to_save");
        if (saved.isContainerNode() && !saved.isEmpty()) {
            throw new BadInputException(
                    "the adapter has modules_to_save %s in %s, which is not supported; train one without it."
                            .formatted(saved, AdapterDirectory.CONFIG));
        }
    }
}
