package dev.packtrain.training.optim;

import dev.packtrain.training.options.ScheduleOptions;

/**
 * The learning rate of every step, as Hugging Face's {@code get_scheduler} has it.
 *
 * <p>With {@code w} warm-up steps of {@code n}, step {@code s} (0-based) has the peak rate times {@code s/w} in the
 * warm-up; then 1 (constant), {@code (n−s)/(n−w)} (linear), or {@code ½(1 + cos(π(s−w)/(n−w)))} (cosine).
 */
public final class LearningRateSchedule {
    private final ScheduleOptions options;
    private final double peak;
    private final int totalSteps;
    private final int warmupSteps;

    /**
     * A schedule.
     *
     * @param options shape and warm-up
     * @param peak {@code learning_rate}
     * @param totalSteps steps of the whole run
     */
    public LearningRateSchedule(ScheduleOptions options, double peak, int totalSteps) {
        this.options = options;
        this.peak = peak;
        this.totalSteps = totalSteps;
        this.warmupSteps =
                options.warmupSteps() > 0 ? options.warmupSteps() : (int) Math.ceil(totalSteps * options.warmupRatio());
    }

    /**
     * The rate that the update of a step uses.
     *
     * @param step 0-based: the number of updates before it
     */
    public double at(int step) {
        return peak * factor(step);
    }

    private double factor(int step) {
        if (step < warmupSteps) {
            return (double) step / Math.max(1, warmupSteps);
        }
        double rest = Math.max(1, totalSteps - warmupSteps);
        return switch (options.type()) {
            case CONSTANT, CONSTANT_WITH_WARMUP -> 1;
            case LINEAR -> Math.max(0, (totalSteps - step) / rest);
            case COSINE -> Math.max(0, 0.5 * (1 + Math.cos(Math.PI * ((step - warmupSteps) / rest))));
        };
    }
}
