package dev.packtrain.pipeline;

/** Is told how far preparing is. Called from Spark's threads, one call at a time; it must return quickly. */
@FunctionalInterface
public interface PrepareListener {
    /** Listens to nothing. */
    PrepareListener NONE = (stage, done, total) -> {};

    /**
     * Some units of a stage are done.
     *
     * @param stage the stage
     * @param done units that are done, 0 when the stage begins
     * @param total units of the stage
     */
    void progress(PrepareStage stage, long done, long total);
}
