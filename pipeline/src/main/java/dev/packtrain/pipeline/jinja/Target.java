package dev.packtrain.pipeline.jinja;

import java.util.List;

/** What a value is assigned to. */
sealed interface Target {
    void assign(Scope scope, Value value);

    /** A variable. */
    record Variable(String name) implements Target {
        @Override
        public void assign(Scope scope, Value value) {
            scope.set(name, value);
        }
    }

    /** {@code namespace.attribute}. */
    record NamespaceAttribute(String variable, String attribute) implements Target {
        @Override
        public void assign(Scope scope, Value value) {
            if (!(scope.find(variable) instanceof Namespace namespace)) {
                throw new RenderException(
                        "cannot assign attribute '%s' on non-namespace object '%s'".formatted(attribute, variable));
            }
            namespace.set(attribute, value);
        }
    }

    /** {@code a, b}: the value is unpacked, however deep. */
    record Unpacking(List<Target> parts) implements Target {
        @Override
        public void assign(Scope scope, Value value) {
            Access.refuseUndefined(value);
            List<Value> items = Access.items(value);
            if (items.size() != parts.size()) {
                throw new RenderException(
                        "cannot unpack %d values into %d names".formatted(items.size(), parts.size()));
            }
            for (int i = 0; i < parts.size(); i++) {
                parts.get(i).assign(scope, items.get(i));
            }
        }
    }
}
