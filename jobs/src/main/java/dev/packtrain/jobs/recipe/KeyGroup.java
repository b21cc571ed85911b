package dev.packtrain.jobs.recipe;

/** The headings under which {@code --help} lists keys, in this order. */
public enum KeyGroup {
    PATHS("Paths"),
    DATA("Data"),
    CLEANING("Cleaning (all off by default)"),
    PACKING("Packing"),
    MODEL("Model"),
    PEFT("Adapters on a frozen model"),
    BATCH("Batches and steps"),
    OPTIMIZER("Optimizer and schedule"),
    PARALLEL("Several processes, and memory"),
    EVALUATION("Evaluation while training"),
    SAVING("Checkpoints and logs"),
    DEVICE("Devices"),
    GENERATION("Generation"),
    UNSUPPORTED("Known, not supported yet");

    private final String heading;

    KeyGroup(String heading) {
        this.heading = heading;
    }

    /** Text above the group. */
    public String heading() {
        return heading;
    }
}
