package dev.packtrain.pipeline.jinja;

import java.util.List;

/**
 * A list or a tuple. Templates cannot change one.
 *
 * @param items not changed after construction
 * @param isTuple prints in round brackets
 */
public record Seq(List<Value> items, boolean isTuple) implements Value {
    /** A list. */
    public static Seq list(List<Value> items) {
        return new Seq(items, false);
    }

    static Seq pair(Value first, Value second) {
        return new Seq(List.of(first, second), true);
    }

    @Override
    public boolean isTrue() {
        return !items.isEmpty();
    }

    @Override
    public String typeName() {
        return isTuple ? "tuple" : "list";
    }
}
