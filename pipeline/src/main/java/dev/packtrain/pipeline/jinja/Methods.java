package dev.packtrain.pipeline.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The methods of Python's dictionaries and lists; those of strings are in {@link StrMethods}. */
final class Methods {
    private static final Set<String> OF_DICTS = Set.of("items", "keys", "values", "get", "copy");
    private static final Set<String> OF_LISTS = Set.of("index", "count", "copy");
    private static final Set<String> OF_LOOPS = Set.of("cycle", "changed");
    private static final Set<String> CHANGING =
            Set.of("append", "extend", "insert", "pop", "popitem", "remove", "clear", "sort", "update", "setdefault");

    private Methods() {}

    /** Whether any value has such a method, so that a template may be refused before it is rendered. */
    static boolean isKnown(String name) {
        return OF_DICTS.contains(name)
                || OF_LISTS.contains(name)
                || OF_LOOPS.contains(name)
                || CHANGING.contains(name)
                || StrMethods.isKnown(name);
    }

    static boolean isDictMethod(String name) {
        return OF_DICTS.contains(name) || (CHANGING.contains(name) && isDictChange(name));
    }

    private static boolean isDictChange(String name) {
        return Set.of("pop", "popitem", "clear", "update", "setdefault").contains(name);
    }

    static Value call(Execution execution, Value target, Str method, Arguments arguments) {
        String name = method.text();
        if (target instanceof Str str) {
            return StrMethods.call(str, name, arguments);
        }
        if (target instanceof Dict dict && OF_DICTS.contains(name)) {
            return ofDict(dict, name, arguments);
        }
        if (target instanceof Seq seq && OF_LISTS.contains(name)) {
            return ofList(seq, name, arguments);
        }
        if ((target instanceof Dict || target instanceof Seq) && CHANGING.contains(name)) {
            throw new RenderException("access to attribute '%s' of '%s' object is unsafe: templates cannot change data"
                    .formatted(name, target.typeName()));
        }
        Value attribute = Access.attribute(target, method);
        if (attribute instanceof Callable callable) {
            return callable.call(execution, arguments);
        }
        Access.refuseUndefined(attribute);
        throw new RenderException("'%s' object is not callable".formatted(attribute.typeName()));
    }

    private static Value ofDict(Dict dict, String name, Arguments arguments) {
        Map<Value, Value> entries = dict.entries();
        if (name.equals("get")) {
            arguments.check("get()", "key", "default");
            Value value = entries.get(Access.hashable(arguments.require("get()", 0, "key")));
            return value != null ? value : arguments.get(1, "default", None.NONE);
        }
        arguments.check(name + "()");
        return switch (name) {
            case "items" -> Seq.list(pairs(entries));
            case "keys" -> Seq.list(new ArrayList<>(entries.keySet()));
            case "values" -> Seq.list(new ArrayList<>(entries.values()));
            default -> new Dict(entries);
        };
    }

    static List<Value> pairs(Map<Value, Value> entries) {
        List<Value> pairs = new ArrayList<>(entries.size());
        entries.forEach((key, value) -> pairs.add(Seq.pair(key, value)));
        return pairs;
    }

    private static Value ofList(Seq list, String name, Arguments arguments) {
        if (name.equals("copy")) {
            arguments.check("copy()");
            return list;
        }
        Value wanted = arguments.check(name + "()", "value").require(name + "()", 0, "value");
        int count = 0;
        for (int i = 0; i < list.items().size(); i++) {
            if (Relation.areEqual(list.items().get(i), wanted)) {
                if (name.equals("index")) {
                    return new Int(i);
                }
                count++;
            }
        }
        if (name.equals("index")) {
            throw new RenderException("%s is not in list".formatted(Printer.repr(wanted)));
        }
        return new Int(count);
    }
}
