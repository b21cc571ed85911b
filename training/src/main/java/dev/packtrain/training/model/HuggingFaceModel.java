package dev.packtrain.training.model;

import dev.packtrain.training.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Hugging Face model directories. */
public final class HuggingFaceModel {
    /** Of a model directory, or of an adapter's: how to write with it, and which ids end a text. */
    public static final String GENERATION = "generation_config.json";

    private HuggingFaceModel() {}

    /**
     * Writes {@code config.json}, {@code generation_config.json} and {@code model.safetensors} into an existing directory,
     * in the parameters' dtype. The tokenizer is the caller's.
     *
     * @param parameters whole tensors in Hugging Face names
     */
    public static void save(Path dir, DecoderConfig config, List<Parameter> parameters, SpecialTokens tokens)
            throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        parameters.forEach(parameter -> tensors.put(parameter.name(), parameter.tensor()));
        saveConfig(dir, config, parameters.get(0).tensor().scalar_type().intern(), tokens);
        SafetensorsWriter.write(dir.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
    }

    /** Writes {@code config.json} and {@code generation_config.json} alone, for weights of {@code dtype}. */
    public static void saveConfig(Path dir, DecoderConfig config, ScalarType dtype, SpecialTokens tokens)
            throws IOException {
        Files.writeString(dir.resolve("config.json"), config.toJson(dtypeName(dtype), tokens));
        saveGeneration(dir, tokens);
    }

    /** Writes {@value #GENERATION} alone. */
    public static void saveGeneration(Path dir, SpecialTokens tokens) throws IOException {
        Files.writeString(dir.resolve(GENERATION), ConfigWriter.generation(tokens));
    }

    private static String dtypeName(ScalarType dtype) {
        return switch (dtype) {
            case Float -> "float32";
            case BFloat16 -> "bfloat16";
            case Double -> "float64";
            default -> throw new IllegalArgumentException("a model in " + dtype + " cannot be saved");
        };
    }
}
