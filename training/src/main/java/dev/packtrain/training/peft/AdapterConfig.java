package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.BadInputException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * PEFT's {@code adapter_config.json} as a method reads it: what it asks for beyond what is supported is refused by name, and
 * what a recipe says once more has to agree.
 *
 * @param json the file
 * @param modules the linears that the adapter has tensors for
 * @param settings of the recipe
 */
record AdapterConfig(JsonNode json, List<String> modules, PeftSettings settings) {
    /** Flags that have to be off. */
    AdapterConfig refuseOn(String... flags) {
        for (String flag : flags) {
            refuseUnless(!json.path(flag).asBoolean(false), flag);
        }
        return this;
    }

    /** Entries that have to be null, empty or not there. */
    AdapterConfig refuseFilled(String... names) {
        for (String name : names) {
            JsonNode value = json.path(name);
            refuseUnless(value.isNull() || value.isMissingNode() || (value.isContainerNode() && value.isEmpty()), name);
        }
        return this;
    }

    /** What every method of PEFT's has and none here: biases and other modules that are trained too, transposed weights. */
    AdapterConfig refuseCommon() {
        refuseUnless(json.path("bias").asText("none").equals("none"), "bias");
        return refuseOn("fan_in_fan_out").refuseFilled("modules_to_save", "rank_pattern", "alpha_pattern");
    }

    private void refuseUnless(boolean neutral, String name) {
        if (!neutral) {
            throw new BadInputException("the adapter has %s %s in %s, which is not supported; train one without it."
                    .formatted(name, json.path(name), AdapterDirectory.CONFIG));
        }
    }

    /** Checks that a recipe, where it says something, says what the adapter has. */
    <T> T same(String key, Optional<T> given, T adapter) {
        if (given.isPresent() && !Objects.equals(given.get(), adapter)) {
            throw new BadInputException("%s is %s, but the adapter in lora_path has %s; leave %s out."
                    .formatted(key, given.get(), adapter, key));
        }
        return adapter;
    }

    /** The modules; a recipe's list may only say the same. */
    TargetModules targets(String key) {
        Optional<TargetModules> given = settings.names(key).map(names -> TargetModules.of(key, names));
        for (String module : modules) {
            if (given.isPresent() && !given.get().matches(module)) {
                throw new BadInputException(
                        "%s is %s, but the adapter in lora_path has tensors for %s too; leave %s out."
                                .formatted(key, given.get().entries(), module, key));
            }
        }
        return new TargetModules(key, modules);
    }

    /** Writes a number as PEFT's config has it: whole where it is. */
    static void put(ObjectNode config, String name, double value) {
        if (value == Math.rint(value)) {
            config.put(name, (long) value);
        } else {
            config.put(name, value);
        }
    }

    /** Writes what every method's config has: targets, and that nothing else is trained. */
    static ObjectNode putCommon(ObjectNode config, List<String> modules, List<String> all) {
        config.putNull("modules_to_save");
        TargetModules.shortest(modules, all).forEach(config.putArray("target_modules")::add);
        return config;
    }
}
