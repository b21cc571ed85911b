package dev.packtrain.pipeline.jinja;

/** Python's {@code True} and {@code False}. */
public enum Bool implements Value {
    /** Yes. */
    TRUE,
    /** No. */
    FALSE;

    /** As a value. */
    public static Bool of(boolean value) {
        return value ? TRUE : FALSE;
    }

    @Override
    public boolean isTrue() {
        return this == TRUE;
    }

    @Override
    public String typeName() {
        return "bool";
    }
}
