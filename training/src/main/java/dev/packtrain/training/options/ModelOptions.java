package dev.packtrain.training.options;

import java.util.Map;

/**
 * The model to start from. Exactly one of the two paths is set.
 *
 * @param modelDir {@code model_name_or_path}: a Hugging Face directory with {@code config.json} and safetensors; or null
 * @param configFile {@code config_name}: a {@code config.json} to initialise from scratch with; or null
 * @param configOverrides {@code config_overrides}: entries of {@code config.json} to replace, only with {@code configFile}
 */
public record ModelOptions(String modelDir, String configFile, Map<String, String> configOverrides) {
    public ModelOptions {
        configOverrides = configOverrides == null ? Map.of() : Map.copyOf(configOverrides);
        if ((modelDir == null) == (configFile == null)) {
            throw new IllegalArgumentException(
                    "wanted one of model_name_or_path and config_name, got " + (modelDir == null ? "neither" : "both"));
        }
    }
}
