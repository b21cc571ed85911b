package dev.packtrain.pipeline.jinja;

/** A function, a macro or a method of a value. */
non-sealed interface Callable extends Value {
    /** Its result for these arguments. */
    Value call(Execution execution, Arguments arguments);

    @Override
    default boolean isTrue() {
        return true;
    }

    @Override
    default String typeName() {
        return "function";
    }
}
