package dev.packtrain.pipeline.jinja;

/** A floating-point number. */
public record Real(double value) implements Value {
    @Override
    public boolean isTrue() {
        return value != 0;
    }

    @Override
    public String typeName() {
        return "float";
    }
}
