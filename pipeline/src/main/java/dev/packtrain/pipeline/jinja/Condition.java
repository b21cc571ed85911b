package dev.packtrain.pipeline.jinja;

/** What stands after {@code is}. */
@FunctionalInterface
interface Condition {
    boolean holds(Value value, Arguments arguments);
}
