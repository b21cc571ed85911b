package dev.packtrain.pipeline.jinja;

import java.util.HashMap;
import java.util.Map;

/** What {@code namespace()} makes: the only thing whose attributes a template may set. */
final class Namespace implements Value {
    private final Map<String, Value> attributes;

    Namespace(Map<String, Value> attributes) {
        this.attributes = new HashMap<>(attributes);
    }

    Value get(String name) {
        Value value = attributes.get(name);
        return value != null ? value : new Undefined("the namespace has no attribute '%s'".formatted(name));
    }

    void set(String name, Value value) {
        attributes.put(name, value);
    }

    @Override
    public boolean isTrue() {
        return true;
    }

    @Override
    public String typeName() {
        return "Namespace";
    }
}
