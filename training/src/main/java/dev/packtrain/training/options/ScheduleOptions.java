package dev.packtrain.training.options;

import dev.packtrain.packing.BadInputException;
import java.util.Locale;

/**
 * The learning rate over the steps, as in Hugging Face's {@code get_scheduler}.
 *
 * @param type shape after the warm-up
 * @param warmupSteps steps of linear warm-up; 0 leaves it to {@code warmupRatio}
 * @param warmupRatio share of all steps, rounded up, if {@code warmupSteps} is 0
 */
public record ScheduleOptions(Type type, int warmupSteps, double warmupRatio) {
    /** Shape after the warm-up. */
    public enum Type {
        /** Without a warm-up. */
        CONSTANT,
        CONSTANT_WITH_WARMUP,
        LINEAR,
        COSINE;

        /** The name that {@code lr_scheduler_type} has for it. */
        public String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Checks that a warm-up has a place: Hugging Face's {@code constant} would leave it out without a word.
     *
     * @throws BadInputException if there is one with {@link Type#CONSTANT}
     */
    public ScheduleOptions {
        if (type == Type.CONSTANT && (warmupSteps > 0 || warmupRatio > 0)) {
            throw new BadInputException(
                    "lr_scheduler_type is constant, which has no warm-up, but %s; set lr_scheduler_type to constant_with_warmup, or leave the warm-up out."
                            .formatted(
                                    warmupSteps > 0
                                            ? "warmup_steps is " + warmupSteps
                                            : "warmup_ratio is " + warmupRatio));
        }
    }
}
