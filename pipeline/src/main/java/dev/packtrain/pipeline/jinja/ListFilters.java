package dev.packtrain.pipeline.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The filters over lists and dictionaries. */
final class ListFilters {
    static final Map<String, Filter> ALL = Map.ofEntries(
            Map.entry("length", (execution, value, arguments) -> length(value)),
            Map.entry("count", (execution, value, arguments) -> length(value)),
            Map.entry("join", (execution, value, arguments) -> join(value, arguments)),
            Map.entry("list", (execution, value, arguments) -> Seq.list(Filters.copy(value))),
            Map.entry("first", (execution, value, arguments) -> end(Access.items(value), true)),
            Map.entry("last", (execution, value, arguments) -> end(Access.items(value), false)),
            Map.entry("reverse", (execution, value, arguments) -> reverse(value)),
            Map.entry("items", (execution, value, arguments) -> items(value)),
            Map.entry("dictsort", (execution, value, arguments) -> sortedItems(value, arguments)),
            Map.entry("sort", (execution, value, arguments) -> sort(value, arguments)),
            Map.entry("unique", (execution, value, arguments) -> unique(value, arguments)),
            Map.entry("min", (execution, value, arguments) -> extreme(value, -1)),
            Map.entry("max", (execution, value, arguments) -> extreme(value, 1)),
            Map.entry("sum", (execution, value, arguments) -> sum(execution, value)),
            Map.entry("map", ListFilters::map),
            Map.entry("select", (execution, value, arguments) -> select(value, arguments, false, true)),
            Map.entry("reject", (execution, value, arguments) -> select(value, arguments, false, false)),
            Map.entry("selectattr", (execution, value, arguments) -> select(value, arguments, true, true)),
            Map.entry("rejectattr", (execution, value, arguments) -> select(value, arguments, true, false)));

    private ListFilters() {}

    private static Value length(Value value) {
        if (value instanceof Str str) {
            return new Int(TextMethods.length(str.text()));
        }
        if (value instanceof Dict dict) {
            return new Int(dict.entries().size());
        }
        if (value instanceof Seq || value instanceof Undefined) {
            return new Int(Access.items(value).size());
        }
        throw new RenderException("object of type '%s' has no len()".formatted(value.typeName()));
    }

    private static Value join(Value value, Arguments arguments) {
        arguments.check("join", "d", "attribute");
        List<Value> items = Access.items(value);
        Value attribute = arguments.get(1, "attribute", None.NONE);
        if (attribute != None.NONE) {
            List<Value> picked = new ArrayList<>();
            items.forEach(item -> picked.add(attribute(item, attribute)));
            items = picked;
        }
        return Filters.join(items, Printer.str(arguments.get(0, "d", Str.EMPTY)), false);
    }

    private static Value end(List<Value> items, boolean first) {
        if (items.isEmpty()) {
            return new Undefined("No %s item, sequence was empty.".formatted(first ? "first" : "last"));
        }
        return items.get(first ? 0 : items.size() - 1);
    }

    private static Value reverse(Value value) {
        List<Value> items = Filters.copy(value);
        Collections.reverse(items);
        return value instanceof Str ? TextMethods.concatenate(items) : Seq.list(items);
    }

    private static Value items(Value value) {
        if (value instanceof Undefined) {
            return Seq.list(List.of());
        }
        if (value instanceof Dict dict) {
            return Seq.list(Methods.pairs(dict.entries()));
        }
        throw new RenderException("Can only get item pairs from a mapping.");
    }

    private static Value sortedItems(Value value, Arguments arguments) {
        arguments.check("dictsort", "case_sensitive", "by", "reverse");
        if (!(value instanceof Dict dict)) {
            Access.refuseUndefined(value);
            throw new RenderException("'%s object' has no attribute 'items'".formatted(value.typeName()));
        }
        String by = Printer.text(arguments.get(1, "by", Str.of("key")));
        if (!by.equals("key") && !by.equals("value")) {
            throw new RenderException("You can only sort by either \"key\" or \"value\"");
        }
        boolean caseSensitive = arguments.get(0, "case_sensitive", Bool.FALSE).isTrue();
        int place = by.equals("key") ? 0 : 1;
        Comparator<Value> order =
                order(caseSensitive, pair -> ((Seq) pair).items().get(place));
        List<Value> pairs = Methods.pairs(dict.entries());
        pairs.sort(arguments.get(2, "reverse", Bool.FALSE).isTrue() ? order.reversed() : order);
        return Seq.list(pairs);
    }

    private interface Key {
        Value of(Value item);
    }

    private static Comparator<Value> order(boolean caseSensitive, Key key) {
        return (a, b) -> Relation.compare(folded(key.of(a), caseSensitive), folded(key.of(b), caseSensitive), "<");
    }

    private static Value folded(Value value, boolean caseSensitive) {
        return value instanceof Str str && !caseSensitive ? LetterCase.lower(str) : value;
    }

    private static Value sort(Value value, Arguments arguments) {
        arguments.check("sort", "reverse", "case_sensitive", "attribute");
        Value attribute = arguments.get(2, "attribute", None.NONE);
        Comparator<Value> order = order(
                arguments.get(1, "case_sensitive", Bool.FALSE).isTrue(),
                item -> attribute == None.NONE ? item : attribute(item, attribute));
        List<Value> items = Filters.copy(value);
        items.sort(arguments.get(0, "reverse", Bool.FALSE).isTrue() ? order.reversed() : order);
        return Seq.list(items);
    }

    private static Value unique(Value value, Arguments arguments) {
        boolean caseSensitive = arguments
                .check("unique", "case_sensitive")
                .get(0, "case_sensitive", Bool.FALSE)
                .isTrue();
        Set<Value> seen = new HashSet<>();
        List<Value> items = new ArrayList<>();
        for (Value item : Access.items(value)) {
            if (seen.add(Access.hashable(folded(item, caseSensitive)))) {
                items.add(item);
            }
        }
        return Seq.list(items);
    }

    private static Value extreme(Value value, int sign) {
        List<Value> items = Access.items(value);
        if (items.isEmpty()) {
            return new Undefined("No aggregated item, sequence was empty.");
        }
        Comparator<Value> order = order(false, item -> item);
        return sign < 0 ? Collections.min(items, order) : Collections.max(items, order);
    }

    private static Value sum(Execution execution, Value value) {
        Value sum = new Int(0);
        for (Value item : Access.items(value)) {
            sum = Arithmetic.ADD.apply(execution, sum, item);
        }
        return sum;
    }

    /** An attribute as filters name it: a name, an index, or several with dots between them. */
    private static Value attribute(Value item, Value path) {
        if (Arithmetic.isWhole(path)) {
            return Access.item(item, path);
        }
        Value result = item;
        for (String part : Printer.text(path).split("\\.", -1)) {
            boolean isIndex = !part.isEmpty() && part.chars().allMatch(c -> c >= '0' && c <= '9');
            result = Access.item(result, isIndex ? new Int(Long.parseLong(part)) : Str.of(part));
        }
        return result;
    }

    private static Value map(Execution execution, Value value, Arguments arguments) {
        List<Value> mapped = new ArrayList<>();
        if (arguments.positional().isEmpty()) {
            arguments.check("map", "attribute", "default");
            Value path = arguments.require("map", 0, "attribute");
            Value otherwise = arguments.named().get("default");
            for (Value item : Access.items(value)) {
                Value found = attribute(item, path);
                mapped.add(found instanceof Undefined && otherwise != null ? otherwise : found);
            }
            return Seq.list(mapped);
        }
        String name = Printer.text(arguments.positional().get(0));
        Filter filter = Filters.find(name);
        if (filter == null) {
            throw new RenderException("the filter '%s' is not supported".formatted(name));
        }
        for (Value item : Access.items(value)) {
            mapped.add(filter.apply(execution, item, arguments.from(1)));
        }
        return Seq.list(mapped);
    }

    private static Value select(Value value, Arguments arguments, boolean byAttribute, boolean wanted) {
        int testAt = byAttribute ? 1 : 0;
        Value path = byAttribute ? arguments.require("selectattr", 0, "attribute") : None.NONE;
        Condition test = (item, none) -> item.isTrue();
        if (arguments.positional().size() > testAt) {
            String name = Printer.text(arguments.positional().get(testAt));
            test = Conditions.find(name);
            if (test == null) {
                throw new RenderException("the test '%s' is not supported".formatted(name));
            }
        }
        List<Value> selected = new ArrayList<>();
        for (Value item : Access.items(value)) {
            Value tested = byAttribute ? attribute(item, path) : item;
            if (test.holds(tested, arguments.from(testAt + 1)) == wanted) {
                selected.add(item);
            }
        }
        return Seq.list(selected);
    }
}
