package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import dev.packtrain.packing.BadInputException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Of which type the entries of an {@code adapter_config.json} are that are read here: PEFT's, and those of the methods that
 * PEFT does not have. Without this an entry that somebody edited, {@code "r": "eight"}, would be read as its default.
 */
final class AdapterConfigTypes {
    /**
     * What a type accepts.
     *
     * @param wanted for the sentence
     * @param names of the entries that have it
     */
    private record Type(String wanted, Predicate<JsonNode> accepts, Set<String> names) {}

    private static final Type INTEGER = new Type(
            "a whole number",
            value -> value.isIntegralNumber() && value.canConvertToInt(),
            Set.of(
                    "r",
                    "init_r",
                    "target_r",
                    "tinit",
                    "tfinal",
                    "deltaT",
                    "total_step",
                    "projection_prng_key",
                    "num_virtual_tokens",
                    "num_transformer_submodules",
                    "encoder_hidden_size",
                    "encoder_num_layers",
                    "decompose_factor",
                    "reduction_factor"));

    private static final Type NUMBER = new Type(
            "a number",
            JsonNode::isNumber,
            Set.of(
                    "lora_alpha",
                    "alpha",
                    "dropout",
                    "lora_dropout",
                    "vera_dropout",
                    "rank_dropout",
                    "module_dropout",
                    "encoder_dropout",
                    "d_initial",
                    "beta1",
                    "beta2",
                    "orth_reg_weight"));

    private static final Type FLAG = new Type(
            "true or false",
            JsonNode::isBoolean,
            Set.of(
                    "use_rslora",
                    "use_dora",
                    "fan_in_fan_out",
                    "save_projection",
                    "prefix_projection",
                    "decompose_both",
                    "drop",
                    "use_effective_conv2d",
                    "rank_dropout_scale",
                    "use_qalora",
                    "lora_bias"));

    private static final Type TEXT = new Type(
            "a text",
            JsonNode::isTextual,
            Set.of(
                    "peft_type",
                    "base_model_name_or_path",
                    "prompt_tuning_init",
                    "prompt_tuning_init_text",
                    "encoder_reparameterization_type",
                    "config",
                    "non_linearity",
                    "leave_out",
                    "layers",
                    "position"));

    private static final List<Type> TYPES = List.of(INTEGER, NUMBER, FLAG, TEXT);

    private AdapterConfigTypes() {}

    /**
     * Checks what is there; null is as if it were not.
     *
     * @param file which holds it, for the sentence
     * @throws BadInputException for the first entry of another type
     */
    static void check(JsonNode config, Path file) {
        if (!config.isObject()) {
            throw new BadInputException("%s holds no JSON object.".formatted(file));
        }
        for (Type type : TYPES) {
            for (var entry : config.properties()) {
                JsonNode value = entry.getValue();
                if (type.names().contains(entry.getKey())
                        && !value.isNull()
                        && !type.accepts().test(value)) {
                    throw new BadInputException("%s has %s %s; wanted %s, as it was when the adapter was saved."
                            .formatted(file, entry.getKey(), value, type.wanted()));
                }
            }
        }
    }
}
