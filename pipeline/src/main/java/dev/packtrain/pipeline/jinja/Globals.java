package dev.packtrain.pipeline.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The functions that a template may call without defining them. */
final class Globals {
    static final Map<String, Callable> ALL = Map.of(
            "namespace", (execution, arguments) -> namespace(arguments),
            "dict", (execution, arguments) -> dict(arguments),
            "range", Globals::range,
            "raise_exception", (execution, arguments) -> raise(arguments),
            "strftime_now", Globals::strftimeNow);

    /** What Jinja has and this interpreter does not. */
    static final Set<String> UNSUPPORTED = Set.of("lipsum", "cycler", "joiner", "self", "varargs", "kwargs", "caller");

    /** Jinja's sandbox has the same bound. */
    private static final int MAX_RANGE = 100_000;

    private Globals() {}

    private static Value namespace(Arguments arguments) {
        Map<String, Value> attributes = new HashMap<>(arguments.named());
        for (Value first : arguments.positional()) {
            if (!(first instanceof Dict dict)) {
                throw new RenderException("namespace() wants a dictionary, not '%s'".formatted(first.typeName()));
            }
            dict.entries().forEach((key, value) -> attributes.putIfAbsent(Printer.text(key), value));
        }
        return new Namespace(attributes);
    }

    private static Value dict(Arguments arguments) {
        Map<Value, Value> entries = new LinkedHashMap<>();
        for (Value first : arguments.positional()) {
            if (!(first instanceof Dict dict)) {
                throw new RenderException("dict() wants a dictionary, not '%s'".formatted(first.typeName()));
            }
            entries.putAll(dict.entries());
        }
        arguments.named().forEach((name, value) -> entries.put(Str.of(name), value));
        return new Dict(entries);
    }

    private static Value range(Execution execution, Arguments arguments) {
        int given =
                arguments.check("range()", "start", "stop", "step").positional().size();
        if (given == 0 || !arguments.named().isEmpty()) {
            throw new RenderException("range() wants one to three whole numbers");
        }
        long start = given == 1 ? 0 : whole(arguments.positional().get(0));
        long stop = whole(arguments.positional().get(given == 1 ? 0 : 1));
        long step = given == 3 ? whole(arguments.positional().get(2)) : 1;
        if (step == 0) {
            throw new RenderException("range() arg 3 must not be zero");
        }
        List<Value> numbers = new ArrayList<>();
        for (long i = start; step > 0 ? i < stop : i > stop; i = Math.addExact(i, step)) {
            if (numbers.size() == MAX_RANGE) {
                throw new RenderException(
                        "Range too big. The sandbox blocks ranges larger than MAX_RANGE (%d).".formatted(MAX_RANGE));
            }
            numbers.add(new Int(i));
        }
        return Seq.list(numbers);
    }

    private static long whole(Value value) {
        if (Arithmetic.isWhole(value)) {
            return Arithmetic.whole(value);
        }
        Access.refuseUndefined(value);
        throw new RenderException("'%s' object cannot be interpreted as an integer".formatted(value.typeName()));
    }

    private static Value raise(Arguments arguments) {
        Value message = arguments.check("raise_exception()", "message").require("raise_exception()", 0, "message");
        throw new RenderException(Printer.text(message), true);
    }

    private static Value strftimeNow(Execution execution, Arguments arguments) {
        Value format = arguments.check("strftime_now()", "format").require("strftime_now()", 0, "format");
        return Str.of(DateFormat.format(Printer.text(format), execution.now()));
    }
}
