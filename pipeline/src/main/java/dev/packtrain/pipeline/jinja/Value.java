package dev.packtrain.pipeline.jinja;

/** What an expression of a template yields; behaves as the Python object that Jinja would see. */
public sealed interface Value permits Str, Int, Real, Bool, None, Undefined, Seq, Dict, Namespace, Loop, Callable {
    /** Python's truth value. */
    boolean isTrue();

    /** The name of its Python type, for messages. */
    String typeName();
}
