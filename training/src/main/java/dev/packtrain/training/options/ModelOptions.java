package dev.packtrain.training.options;

import java.util.Map;

/**
 * The model to start from, exactly one of the two paths, the kernel of its attention, adapters on it, and noise.
 *
 * @param modelDir {@code model_name_or_path}: a Hugging Face directory with {@code config.json} and safetensors; or null
 * @param configFile {@code config_name}: a {@code config.json} to initialise from scratch with; or null
 * @param configOverrides {@code config_overrides}: entries of {@code config.json} to replace, only with {@code configFile}
 * @param attention {@code use_flash_attention} and {@code flash_mask}
 * @param peft what is trained instead of the model itself, if anything
 * @param neftuneNoiseAlpha with {@code neftune}, {@code neftune_noise_alpha}: more than 0; else 0
 */
public record ModelOptions(
        String modelDir,
        String configFile,
        Map<String, String> configOverrides,
        AttentionOption attention,
        PeftOptions peft,
        double neftuneNoiseAlpha) {
    public ModelOptions {
        configOverrides = configOverrides == null ? Map.of() : Map.copyOf(configOverrides);
        peft = peft == null ? PeftOptions.NONE : peft;
        if ((modelDir == null) == (configFile == null)) {
            throw new IllegalArgumentException(
                    "wanted one of model_name_or_path and config_name, got " + (modelDir == null ? "neither" : "both"));
        }
    }

    /** Without noise. */
    public ModelOptions(
            String modelDir,
            String configFile,
            Map<String, String> configOverrides,
            AttentionOption attention,
            PeftOptions peft) {
        this(modelDir, configFile, configOverrides, attention, peft, 0);
    }

    /** All of whose weights are trained. */
    public ModelOptions(
            String modelDir, String configFile, Map<String, String> configOverrides, AttentionOption attention) {
        this(modelDir, configFile, configOverrides, attention, PeftOptions.NONE);
    }

    /** With the fastest attention kernel that there is. */
    public ModelOptions(String modelDir, String configFile, Map<String, String> configOverrides) {
        this(modelDir, configFile, configOverrides, AttentionOption.AUTO);
    }
}
