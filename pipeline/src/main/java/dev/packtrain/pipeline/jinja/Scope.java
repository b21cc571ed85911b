package dev.packtrain.pipeline.jinja;

import java.util.Arrays;

/** Names and what they stand for, with the scope around it. Names are interned, and there are few: a linear search wins. */
final class Scope {
    private final Scope parent;
    private String[] names = new String[4];
    private Value[] values = new Value[4];
    private int size;

    Scope(Scope parent) {
        this.parent = parent;
    }

    @SuppressWarnings("ReferenceEquality") // interned
    Value find(String name) {
        for (Scope scope = this; scope != null; scope = scope.parent) {
            for (int i = 0; i < scope.size; i++) {
                if (scope.names[i] == name) {
                    return scope.values[i];
                }
            }
        }
        return null;
    }

    @SuppressWarnings("ReferenceEquality") // interned
    void set(String name, Value value) {
        for (int i = 0; i < size; i++) {
            if (names[i] == name) {
                values[i] = value;
                return;
            }
        }
        if (size == names.length) {
            names = Arrays.copyOf(names, 2 * size);
            values = Arrays.copyOf(values, 2 * size);
        }
        names[size] = name;
        values[size++] = value;
    }
}
