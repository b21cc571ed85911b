package dev.packtrain.jobs.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.KeyGroup;
import dev.packtrain.jobs.recipe.Recipe;
import dev.packtrain.jobs.recipe.RecipeKey;
import dev.packtrain.jobs.recipe.RecipeKeys;
import dev.packtrain.jobs.recipe.TrainingRecipe;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.ModelOptions;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** The method of fine-tuning that {@code --peft} names, in a recipe's keys. */
final class BenchMethod {
    private static final String LORA = "lora";
    private static final String LORA_RANK = "lora_rank";

    /** Of a LoRA, what changes nothing about its matrix products. */
    private static final Set<String> NO_PRODUCTS =
            Set.of(LORA_RANK, "lora_alpha", "rslora", "lora_dropout", "lora_plus_scale");

    private BenchMethod() {}

    /**
     * A model with the method's adapters.
     *
     * @param json {@code {"lokr": true, "lokr_dim": 8}}
     * @param baseDir the model
     * @throws BadInputException if it is no JSON object, says something else than a method, or contradicts itself
     */
    static ModelOptions model(String json, Path baseDir) {
        Map<String, Object> values = values(json);
        for (String name : values.keySet()) {
            RecipeKey key = RecipeKeys.find(name).orElse(null);
            if (key != null && key.group() != KeyGroup.PEFT) {
                throw new BadInputException(
                        "--peft has %s, which is no key of a method of fine-tuning; leave it out.".formatted(name));
            }
        }
        ModelOptions model = TrainingRecipe.model(Recipe.of(values)
                .with("model_name_or_path", baseDir.toString())
                .with("dataset_name_or_path", "bench")
                .with("output_dir", "bench")
                .resolve(Command.TRAIN));
        if (!model.peft().present() || model.neftuneNoiseAlpha() > 0) {
            throw new BadInputException(
                    "--peft is %s; wanted one method with adapters and no noise, as {\"lora\": true, \"lora_rank\": 8}."
                            .formatted(json));
        }
        return model;
    }

    private static Map<String, Object> values(String json) {
        try {
            Map<String, Object> values = new ObjectMapper().readValue(json, new TypeReference<>() {});
            if (values != null) {
                return values;
            }
        } catch (JsonProcessingException malformed) {
            throw new BadInputException(notAnObject(json), malformed);
        }
        throw new BadInputException(notAnObject(json));
    }

    private static String notAnObject(String json) {
        return "--peft is %s; wanted a JSON object of a recipe's keys, as '{\"lora\": true, \"lora_rank\": 8}'."
                .formatted(json);
    }

    /** The rank of a plain LoRA on all linears, whose products can be counted; empty: another method. */
    static OptionalInt loraRank(ModelOptions model) {
        Map<String, Object> settings = model.peft().settings();
        boolean countable = model.peft().method().equals(LORA)
                && model.peft().adapterDir() == null
                && settings.containsKey(LORA_RANK)
                && NO_PRODUCTS.containsAll(settings.keySet());
        return countable ? OptionalInt.of(((Number) settings.get(LORA_RANK)).intValue()) : OptionalInt.empty();
    }
}
