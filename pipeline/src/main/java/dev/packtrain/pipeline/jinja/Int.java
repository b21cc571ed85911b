package dev.packtrain.pipeline.jinja;

/** A whole number. Python's have no bounds; a result outside 64 bits is an error here. */
public record Int(long value) implements Value {
    @Override
    public boolean isTrue() {
        return value != 0;
    }

    @Override
    public String typeName() {
        return "int";
    }
}
