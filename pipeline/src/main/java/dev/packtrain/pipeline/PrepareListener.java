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

    /**
     * Something was found out that its user may want to know, such as the format of the rows.
     *
     * @param what in one word, such as {@code format}
     * @param sentence without the full stop
     */
    default void notice(String what, String sentence) {}
}
