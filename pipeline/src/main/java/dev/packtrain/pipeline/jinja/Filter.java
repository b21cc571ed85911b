package dev.packtrain.pipeline.jinja;

/** What stands after a bar. */
@FunctionalInterface
interface Filter {
    Value apply(Execution execution, Value input, Arguments arguments);
}
