package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;

/** Another thing to do with the keys of {@link Lora}, turned on by a flag beside {@code lora}. At most one is on. */
interface LoraVariant {
    /** Its flag. */
    String name();

    /** Its recipe keys, the flag among them. */
    List<PeftKey> keys();

    /** The alpha that a recipe without one has. */
    default double defaultAlpha(int rank, boolean stabilised) {
        return stabilised ? 4 : 2.0 * rank;
    }

    /**
     * The variant with its settings.
     *
     * @param lora what the common keys say
     * @throws dev.packtrain.packing.BadInputException if the settings contradict each other
     */
    Adaptation of(LoraAdaptation lora, PeftSettings settings);

    /** {@code peft_type} of what it saves, if that is no LoRA to PEFT. */
    default Optional<String> peftType() {
        return Optional.empty();
    }

    /** Whether an adapter directory's config is one of it. */
    default boolean wrote(JsonNode config) {
        return peftType().isPresent()
                && peftType().get().equals(config.path("peft_type").asText());
    }

    /** Whether a run may go on with it from a plain LoRA. */
    default boolean continuesLora() {
        return false;
    }
}
