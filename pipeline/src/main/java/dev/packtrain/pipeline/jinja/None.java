package dev.packtrain.pipeline.jinja;

/** Python's {@code None}. */
public enum None implements Value {
    /** The only one. */
    NONE;

    @Override
    public boolean isTrue() {
        return false;
    }

    @Override
    public String typeName() {
        return "None";
    }
}
