package dev.packtrain.training.options;

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
        CONSTANT,
        LINEAR,
        COSINE
    }
}
