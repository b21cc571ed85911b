package dev.packtrain.pipeline.jinja;

import java.util.Map;

/** The tests that chat templates use, with Jinja's results. */
final class Conditions {
    private static final Map<String, Condition> ALL = Map.ofEntries(
            Map.entry("defined", (value, arguments) -> !(value instanceof Undefined)),
            Map.entry("undefined", (value, arguments) -> value instanceof Undefined),
            Map.entry("none", (value, arguments) -> value == None.NONE),
            Map.entry("string", (value, arguments) -> value instanceof Str),
            Map.entry("mapping", (value, arguments) -> value instanceof Dict),
            Map.entry("iterable", (value, arguments) -> isIterable(value) || value instanceof Loop),
            Map.entry("sequence", (value, arguments) -> isIterable(value)),
            Map.entry("number", (value, arguments) -> Arithmetic.isNumber(value)),
            Map.entry("integer", (value, arguments) -> value instanceof Int),
            Map.entry("float", (value, arguments) -> value instanceof Real),
            Map.entry("boolean", (value, arguments) -> value instanceof Bool),
            Map.entry("true", (value, arguments) -> value == Bool.TRUE),
            Map.entry("false", (value, arguments) -> value == Bool.FALSE),
            Map.entry("callable", (value, arguments) -> value instanceof Callable),
            Map.entry("in", (value, arguments) -> Relation.contains(other("in", arguments), value)),
            Map.entry("equalto", relation("equalto", Relation.EQUAL)),
            Map.entry("eq", relation("eq", Relation.EQUAL)),
            Map.entry("==", relation("==", Relation.EQUAL)),
            Map.entry("ne", relation("ne", Relation.NOT_EQUAL)),
            Map.entry("!=", relation("!=", Relation.NOT_EQUAL)),
            Map.entry("lt", relation("lt", Relation.LESS)),
            Map.entry("lessthan", relation("lessthan", Relation.LESS)),
            Map.entry("<", relation("<", Relation.LESS)),
            Map.entry("le", relation("le", Relation.AT_MOST)),
            Map.entry("<=", relation("<=", Relation.AT_MOST)),
            Map.entry("gt", relation("gt", Relation.GREATER)),
            Map.entry("greaterthan", relation("greaterthan", Relation.GREATER)),
            Map.entry(">", relation(">", Relation.GREATER)),
            Map.entry("ge", relation("ge", Relation.AT_LEAST)),
            Map.entry(">=", relation(">=", Relation.AT_LEAST)),
            Map.entry("odd", (value, arguments) -> remainder(value, new Int(2)) == 1),
            Map.entry("even", (value, arguments) -> remainder(value, new Int(2)) == 0),
            Map.entry("divisibleby", (value, arguments) -> remainder(value, other("divisibleby", arguments)) == 0),
            Map.entry("lower", (value, arguments) -> isCased(value, false)),
            Map.entry("upper", (value, arguments) -> isCased(value, true)));

    private Conditions() {}

    /** The test of a name; null if there is none. */
    static Condition find(String name) {
        return ALL.get(name);
    }

    private static Value other(String test, Arguments arguments) {
        return arguments.check(test, "other").require(test, 0, "other");
    }

    private static Condition relation(String test, Relation relation) {
        return (value, arguments) -> relation.holds(value, other(test, arguments));
    }

    private static boolean isIterable(Value value) {
        return value instanceof Str || value instanceof Seq || value instanceof Dict || value instanceof Undefined;
    }

    private static long remainder(Value value, Value divisor) {
        if (Arithmetic.isWhole(value) && Arithmetic.isWhole(divisor) && Arithmetic.whole(divisor) != 0) {
            return Math.floorMod(Arithmetic.whole(value), Arithmetic.whole(divisor));
        }
        Access.refuseUndefined(value);
        throw new RenderException(
                "%s cannot be divided by %s as whole numbers".formatted(Printer.repr(value), Printer.repr(divisor)));
    }

    private static boolean isCased(Value value, boolean upper) {
        Str text = Printer.str(value);
        return upper
                ? StrMethods.isCased(text, Character::isUpperCase, Character::isLowerCase)
                : StrMethods.isCased(text, Character::isLowerCase, Character::isUpperCase);
    }
}
