package dev.packtrain.pipeline.jinja;

/**
 * What a name or attribute that is not there yields: empty when printed, an error when more is asked of it.
 *
 * @param hint the sentence of that error
 */
public record Undefined(String hint) implements Value {
    @Override
    public boolean isTrue() {
        return false;
    }

    @Override
    public String typeName() {
        return "Undefined";
    }
}
