package dev.packtrain.pipeline.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The filters that chat templates use, with Jinja's results. Those over lists are in {@link ListFilters}. */
final class Filters {
    private static final Map<String, Filter> TEXT = Map.ofEntries(
            Map.entry("trim", (execution, value, arguments) -> trim(value, arguments)),
            Map.entry("upper", (execution, value, arguments) -> LetterCase.upper(plain(value, "upper", arguments))),
            Map.entry("lower", (execution, value, arguments) -> LetterCase.lower(plain(value, "lower", arguments))),
            Map.entry(
                    "title", (execution, value, arguments) -> LetterCase.titleFilter(plain(value, "title", arguments))),
            Map.entry(
                    "capitalize",
                    (execution, value, arguments) -> LetterCase.capitalize(plain(value, "capitalize", arguments))),
            Map.entry("replace", (execution, value, arguments) -> replace(value, arguments)),
            Map.entry("string", (execution, value, arguments) -> Printer.str(value)),
            Map.entry(
                    "safe", (execution, value, arguments) -> Printer.str(value).asSafe()),
            Map.entry("indent", (execution, value, arguments) -> indent(value, arguments)),
            Map.entry("tojson", (execution, value, arguments) -> JsonPrinter.json(value, arguments)),
            Map.entry("int", (execution, value, arguments) -> toInt(value, arguments)),
            Map.entry("float", (execution, value, arguments) -> toReal(value, arguments)),
            Map.entry("abs", (execution, value, arguments) -> abs(value)),
            Map.entry("default", (execution, value, arguments) -> otherwise(value, arguments)),
            Map.entry("d", (execution, value, arguments) -> otherwise(value, arguments)));

    private Filters() {}

    /** The filter of a name; null if there is none. */
    static Filter find(String name) {
        Filter filter = TEXT.get(name);
        return filter != null ? filter : ListFilters.ALL.get(name);
    }

    private static Str plain(Value value, String name, Arguments arguments) {
        arguments.check(name);
        return unescaped(value, name);
    }

    private static Str unescaped(Value value, String name) {
        Str text = Printer.str(value);
        if (text.isSafe()) {
            throw new RenderException("the filter '%s' after 'safe' is not supported".formatted(name));
        }
        return text;
    }

    private static Value trim(Value value, Arguments arguments) {
        Value characters = arguments.check("trim", "chars").get(0, "chars", None.NONE);
        Str text = Printer.str(value);
        Str trimmed = TextMethods.strip(text, characters == None.NONE ? null : Printer.text(characters), true, true);
        return text.isSafe() ? trimmed.asSafe() : trimmed;
    }

    private static Value replace(Value value, Arguments arguments) {
        arguments.check("replace", "old", "new", "count");
        Value count = arguments.get(2, "count", None.NONE);
        return TextMethods.replace(
                unescaped(value, "replace"),
                Printer.str(arguments.require("replace", 0, "old")),
                Printer.str(arguments.require("replace", 1, "new")),
                Arithmetic.isWhole(count) ? Arithmetic.whole(count) : -1);
    }

    private static Value otherwise(Value value, Arguments arguments) {
        arguments.check("default", "default_value", "boolean");
        boolean ifFalse = arguments.get(1, "boolean", Bool.FALSE).isTrue();
        return value instanceof Undefined || (ifFalse && !value.isTrue())
                ? arguments.get(0, "default_value", Str.EMPTY)
                : value;
    }

    private static Value indent(Value value, Arguments arguments) {
        arguments.check("indent", "width", "first", "blank");
        Value width = arguments.get(0, "width", new Int(4));
        Str indention = width instanceof Str str ? str : Str.of(spaces(width));
        boolean blank = arguments.get(2, "blank", Bool.FALSE).isTrue();
        Str text = new TextBuilder()
                .append(unescaped(value, "indent"))
                .append("\n")
                .toStr();
        List<Str> lines = TextMethods.lines(text);
        TextBuilder indented = new TextBuilder();
        for (int i = 0; i < lines.size(); i++) {
            if (i > 0) {
                indented.append("\n");
            }
            boolean wanted = i == 0
                    ? arguments.get(1, "first", Bool.FALSE).isTrue()
                    : blank || lines.get(i).isTrue();
            indented.append(wanted ? indention : Str.EMPTY).append(lines.get(i));
        }
        return indented.toStr();
    }

    private static String spaces(Value width) {
        if (Arithmetic.isWhole(width) && Arithmetic.whole(width) <= 1000) {
            return " ".repeat((int) Math.max(0, Arithmetic.whole(width)));
        }
        throw new RenderException("indent wants a width of at most 1000, not %s".formatted(Printer.repr(width)));
    }

    private static Value toInt(Value value, Arguments arguments) {
        arguments.check("int", "default");
        Value otherwise = arguments.get(0, "default", new Int(0));
        if (value instanceof Real number) {
            double real = number.value();
            return Math.abs(real) < Long.MAX_VALUE ? new Int((long) real) : otherwise;
        }
        if (Arithmetic.isWhole(value)) {
            return new Int(Arithmetic.whole(value));
        }
        Access.refuseUndefined(value);
        if (!(value instanceof Str str)) {
            return otherwise;
        }
        String text = TextMethods.strip(str, null, true, true).text();
        try {
            return new Int(Long.parseLong(text.replaceAll("(?<=\\d)_(?=\\d)", "")));
        } catch (NumberFormatException noWholeNumber) {
            Double real = parse(text);
            return real != null && Math.abs(real) < Long.MAX_VALUE ? new Int(real.longValue()) : otherwise;
        }
    }

    private static Value toReal(Value value, Arguments arguments) {
        arguments.check("float", "default");
        if (Arithmetic.isNumber(value)) {
            return new Real(Arithmetic.real(value));
        }
        Access.refuseUndefined(value);
        Double real = value instanceof Str str
                ? parse(TextMethods.strip(str, null, true, true).text())
                : null;
        return real != null ? new Real(real) : arguments.get(0, "default", new Real(0));
    }

    private static Double parse(String text) {
        if (!text.matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?")) {
            return null;
        }
        return Double.valueOf(text);
    }

    private static Value abs(Value value) {
        if (value instanceof Real real) {
            return new Real(Math.abs(real.value()));
        }
        if (Arithmetic.isWhole(value)) {
            return new Int(Math.abs(Arithmetic.whole(value)));
        }
        Access.refuseUndefined(value);
        throw new RenderException("bad operand type for abs(): '%s'".formatted(value.typeName()));
    }

    /** The items with a separator between them; all of them must be strings if Python's method does it. */
    static Str join(List<Value> items, Str separator, boolean onlyStrings) {
        TextBuilder joined = new TextBuilder();
        for (int i = 0; i < items.size(); i++) {
            if (onlyStrings && !(items.get(i) instanceof Str)) {
                throw new RenderException("sequence item %d: expected str instance, %s found"
                        .formatted(i, items.get(i).typeName()));
            }
            if (i > 0) {
                joined.append(separator);
            }
            joined.append(Printer.str(items.get(i)));
        }
        return joined.toStr();
    }

    /** The items as a new list. */
    static List<Value> copy(Value value) {
        return new ArrayList<>(Access.items(value));
    }
}
