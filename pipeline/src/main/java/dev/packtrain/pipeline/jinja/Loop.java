package dev.packtrain.pipeline.jinja;

import java.util.List;

/** The variable {@code loop}. */
final class Loop implements Value {
    private final List<Value> items;
    private List<Value> lastChanged;
    private int index;

    Loop(List<Value> items) {
        this.items = items;
    }

    void moveTo(int newIndex) {
        index = newIndex;
    }

    Value get(String name) {
        return switch (name) {
            case "index" -> new Int(index + 1);
            case "index0" -> new Int(index);
            case "revindex" -> new Int(items.size() - index);
            case "revindex0" -> new Int(items.size() - index - 1);
            case "first" -> Bool.of(index == 0);
            case "last" -> Bool.of(index == items.size() - 1);
            case "length" -> new Int(items.size());
            // Only recursive loops, which are not supported, have other depths.
            case "depth" -> new Int(1);
            case "depth0" -> new Int(0);
            case "previtem" -> index > 0 ? items.get(index - 1) : new Undefined("there is no previous item");
            case "nextitem" -> index + 1 < items.size() ? items.get(index + 1) : new Undefined("there is no next item");
            case "cycle" -> (Callable) (execution, arguments) -> cycle(arguments.positional());
            case "changed" -> (Callable) (execution, arguments) -> changed(arguments.positional());
            default -> new Undefined("'loop' has no attribute '%s'".formatted(name));
        };
    }

    private Value cycle(List<Value> values) {
        if (values.isEmpty()) {
            throw new RenderException("loop.cycle is called without items to cycle over");
        }
        return values.get(index % values.size());
    }

    private Value changed(List<Value> values) {
        boolean same = values.equals(lastChanged);
        lastChanged = values;
        return Bool.of(!same);
    }

    @Override
    public boolean isTrue() {
        return !items.isEmpty();
    }

    @Override
    public String typeName() {
        return "LoopContext";
    }
}
