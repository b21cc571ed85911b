package dev.packtrain.training.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.BadInputException;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Entries of {@code config_overrides}: each changes what is read from a {@code config.json}, or is refused. */
final class ConfigOverrides {
    private static final String THETA = "rope_theta";

    /** Where a base may stand too, and comes before the one outside. */
    private static final List<String> ROPES = List.of("rope_scaling", "rope_parameters");

    /** What {@link ConfigReader} and {@link RopeReader} read. */
    private static final List<String> KEYS = List.of(
            "model_type",
            "vocab_size",
            "hidden_size",
            "hidden_act",
            "intermediate_size",
            "mlp_bias",
            "num_hidden_layers",
            "num_attention_heads",
            "num_key_value_heads",
            "head_dim",
            "attention_bias",
            "attention_dropout",
            "sliding_window",
            "use_sliding_window",
            "max_window_layers",
            "layer_types",
            "rms_norm_eps",
            THETA,
            "rope_scaling",
            "rope_parameters",
            "partial_rotary_factor",
            "max_position_embeddings",
            "original_max_position_embeddings",
            "tie_word_embeddings",
            "initializer_range",
            "pretraining_tp",
            "quantization_config");

    private ConfigOverrides() {}

    /**
     * Replaces entries.
     *
     * @param overrides values as in JSON, or texts
     * @throws BadInputException for a key that no model is built from
     */
    static void apply(Map<String, String> overrides, ObjectNode json) {
        overrides.forEach((key, value) -> {
            if (!KEYS.contains(key)) {
                throw new BadInputException("config_overrides has %s, from which no model is built; wanted one of %s."
                        .formatted(key, String.join(", ", new TreeSet<>(KEYS))));
            }
            set(json, key, value);
        });
        if (overrides.containsKey(THETA)) {
            for (String rope : ROPES) {
                if (!overrides.containsKey(rope)
                        && json.path(rope) instanceof ObjectNode parameters
                        && parameters.has(THETA)) {
                    parameters.set(THETA, json.get(THETA));
                }
            }
        }
    }

    private static void set(ObjectNode json, String key, String value) {
        try {
            json.set(key, ConfigValues.MAPPER.readTree(value));
        } catch (JsonProcessingException text) {
            json.put(key, value);
        }
    }
}
