package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import dev.packtrain.packing.BadInputException;
import java.util.List;

/**
 * A method of parameter-efficient fine-tuning. To add one, implement this and name it in {@link PeftMethods}: recipe keys,
 * training, checkpoints, adapter directories, merging and generating follow from what it says here.
 */
public interface PeftMethod {
    /** The flag in a recipe that turns it on, such as {@code lora}; also what messages call it. */
    String name();

    /** {@code peft_type} in PEFT's adapter_config.json, such as {@code LORA}. */
    String peftType();

    /** Whether it reads adapter directories of a {@code peft_type}. */
    default boolean reads(String type) {
        return type.equals(peftType());
    }

    /** What the flag does, for {@code --help}. */
    String doc();

    /** Whether it puts adapters around linears. */
    default boolean adaptsLinears() {
        return true;
    }

    /** Whether it changes which tokens see which, so that kernels for causal documents alone do not do. */
    default boolean needsAnyMask() {
        return false;
    }

    /** Its other recipe keys. */
    List<PeftKey> keys();

    /**
     * The method with the settings of a recipe.
     *
     * @throws BadInputException if they contradict each other
     */
    Adaptation configure(PeftSettings settings);

    /**
     * The method as an adapter directory has it.
     *
     * @param config its adapter_config.json
     * @param modules the linears that its file has tensors for; none if it adapts none
     * @param settings of the recipe; they may only change what leaves the adapter's meaning as it is
     * @throws BadInputException if the adapter uses what is not supported, or the settings contradict it
     */
    Adaptation read(JsonNode config, List<String> modules, PeftSettings settings);
}
