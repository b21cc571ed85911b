package dev.packtrain.training.model;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The architectures that there are; they differ in their attention. */
public enum ModelFamily {
    /** Llama 2, 3 and 3.x; models of other makers call themselves so too. */
    LLAMA("llama", "LlamaForCausalLM", "Llama"),
    /** Qwen2 and Qwen2.5: biases at query, key and value. */
    QWEN2("qwen2", "Qwen2ForCausalLM", "Qwen2"),
    /** Qwen3: every head's query and key are normed. */
    QWEN3("qwen3", "Qwen3ForCausalLM", "Qwen3"),
    /** Mistral: a sliding window. */
    MISTRAL("mistral", "MistralForCausalLM", "Mistral");

    private final String modelType;
    private final String architecture;
    private final String title;

    ModelFamily(String modelType, String architecture, String title) {
        this.modelType = modelType;
        this.architecture = architecture;
        this.title = title;
    }

    /** {@code model_type} in {@code config.json}. */
    public String modelType() {
        return modelType;
    }

    /** The only entry of {@code architectures} in {@code config.json}. */
    public String architecture() {
        return architecture;
    }

    /** The family's name, for people. */
    public String title() {
        return title;
    }

    static Optional<ModelFamily> of(String modelType) {
        return Arrays.stream(values())
                .filter(family -> family.modelType.equals(modelType))
                .findFirst();
    }

    static String modelTypes() {
        return Arrays.stream(values()).map(ModelFamily::modelType).collect(Collectors.joining(", "));
    }
}
