package dev.packtrain.pipeline.jinja;

import java.util.List;
import java.util.Map;

/**
 * What a function, filter or macro is called with.
 *
 * @param positional in order
 * @param named by name
 */
record Arguments(List<Value> positional, Map<String, Value> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    static Arguments of(Value... positional) {
        return new Arguments(List.of(positional), Map.of());
    }

    int size() {
        return positional.size() + named.size();
    }

    /** The argument at an index or under a name; null if it is not given. */
    Value get(int index, String name) {
        return index < positional.size() ? positional.get(index) : named.get(name);
    }

    Value get(int index, String name, Value otherwise) {
        Value value = get(index, name);
        return value != null ? value : otherwise;
    }

    Value require(String what, int index, String name) {
        Value value = get(index, name);
        if (value == null) {
            throw new RenderException("%s is called without its argument '%s'".formatted(what, name));
        }
        return value;
    }

    /** Refuses what a function does not take. */
    Arguments check(String what, String... names) {
        if (positional.size() > names.length) {
            throw new RenderException(
                    "%s is called with %d arguments, but takes %d".formatted(what, positional.size(), names.length));
        }
        for (String name : named.keySet()) {
            if (!List.of(names).contains(name)) {
                throw new RenderException("%s is called with '%s', which it does not take".formatted(what, name));
            }
        }
        return this;
    }

    /** All but the first positional ones. */
    Arguments from(int index) {
        return new Arguments(positional.subList(Math.min(index, positional.size()), positional.size()), named);
    }
}
