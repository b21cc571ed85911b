package dev.packtrain.training.options;

import dev.packtrain.packing.BadInputException;
import java.util.Map;

/**
 * The model to start from, exactly one of the two paths, the kernels that it is computed with, adapters on it, and noise.
 *
 * @param modelDir {@code model_name_or_path}: a Hugging Face directory with {@code config.json} and safetensors; or null
 * @param configFile {@code config_name}: a {@code config.json} to initialise from scratch with; or null
 * @param configOverrides {@code config_overrides}: entries of {@code config.json} to replace, only with {@code configFile}
 * @param attention {@code use_flash_attention} and {@code flash_mask}
 * @param fusedKernels {@code use_fused_kernels}
 * @param peft what is trained instead of the model itself, if anything
 * @param neftuneNoiseAlpha with {@code neftune}, {@code neftune_noise_alpha}: more than 0; else 0
 * @param quantization how the frozen weights of a base are kept; null: as they are; only with {@code peft}
 */
public record ModelOptions(
        String modelDir,
        String configFile,
        Map<String, String> configOverrides,
        AttentionOption attention,
        FusedKernels fusedKernels,
        PeftOptions peft,
        double neftuneNoiseAlpha,
        QuantizationOptions quantization) {
    public ModelOptions {
        configOverrides = configOverrides == null ? Map.of() : Map.copyOf(configOverrides);
        peft = peft == null ? PeftOptions.NONE : peft;
        if ((modelDir == null) == (configFile == null)) {
            throw new IllegalArgumentException(
                    "wanted one of model_name_or_path and config_name, got " + (modelDir == null ? "neither" : "both"));
        }
        if (quantization != null && !peft.present()) {
            throw new BadInputException(
                    "weight_quantize_algo is %s, but all weights are to be trained, which quantised ones cannot be; set lora to true, or leave weight_quantize_algo out."
                            .formatted(quantization.algorithm().key()));
        }
    }

    /** The same model with another method, or other settings of it. */
    public ModelOptions withPeft(PeftOptions other) {
        return new ModelOptions(
                modelDir, configFile, configOverrides, attention, fusedKernels, other, neftuneNoiseAlpha, quantization);
    }

    /** The same model with another kernel of attention. */
    public ModelOptions withAttention(AttentionOption other) {
        return new ModelOptions(
                modelDir, configFile, configOverrides, other, fusedKernels, peft, neftuneNoiseAlpha, quantization);
    }

    /** The same model with other kernels beside attention. */
    public ModelOptions withFusedKernels(FusedKernels other) {
        return new ModelOptions(
                modelDir, configFile, configOverrides, attention, other, peft, neftuneNoiseAlpha, quantization);
    }

    /** With the fastest kernels beside attention. */
    public ModelOptions(
            String modelDir,
            String configFile,
            Map<String, String> configOverrides,
            AttentionOption attention,
            PeftOptions peft,
            double neftuneNoiseAlpha,
            QuantizationOptions quantization) {
        this(
                modelDir,
                configFile,
                configOverrides,
                attention,
                FusedKernels.AUTO,
                peft,
                neftuneNoiseAlpha,
                quantization);
    }

    /** Without noise, on weights as they are. */
    public ModelOptions(
            String modelDir,
            String configFile,
            Map<String, String> configOverrides,
            AttentionOption attention,
            PeftOptions peft) {
        this(modelDir, configFile, configOverrides, attention, peft, 0, null);
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
