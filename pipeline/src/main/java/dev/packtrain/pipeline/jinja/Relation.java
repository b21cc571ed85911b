package dev.packtrain.pipeline.jinja;

import java.util.Iterator;
import java.util.Map;

/** Python's comparisons. */
enum Relation {
    EQUAL,
    NOT_EQUAL,
    LESS,
    AT_MOST,
    GREATER,
    AT_LEAST,
    IN,
    NOT_IN;

    boolean holds(Value left, Value right) {
        return switch (this) {
            case EQUAL -> areEqual(left, right);
            case NOT_EQUAL -> !areEqual(left, right);
            case LESS -> compare(left, right, "<") < 0;
            case AT_MOST -> compare(left, right, "<=") <= 0;
            case GREATER -> compare(left, right, ">") > 0;
            case AT_LEAST -> compare(left, right, ">=") >= 0;
            case IN -> contains(right, left);
            case NOT_IN -> !contains(right, left);
        };
    }

    static boolean areEqual(Value left, Value right) {
        if (Arithmetic.isNumber(left) && Arithmetic.isNumber(right)) {
            if (left instanceof Real || right instanceof Real) {
                return Arithmetic.real(left) == Arithmetic.real(right);
            }
            return Arithmetic.whole(left) == Arithmetic.whole(right);
        }
        if (left instanceof Undefined) {
            return right instanceof Undefined;
        }
        if (left instanceof Seq one && right instanceof Seq other) {
            return equalItems(one, other);
        }
        if (left instanceof Dict one && right instanceof Dict other) {
            return equalEntries(one.entries(), other.entries());
        }
        return left.equals(right);
    }

    private static boolean equalItems(Seq left, Seq right) {
        if (left.isTuple() != right.isTuple()
                || left.items().size() != right.items().size()) {
            return false;
        }
        Iterator<Value> others = right.items().iterator();
        for (Value item : left.items()) {
            if (!areEqual(item, others.next())) {
                return false;
            }
        }
        return true;
    }

    private static boolean equalEntries(Map<Value, Value> left, Map<Value, Value> right) {
        if (left.size() != right.size()) {
            return false;
        }
        for (Map.Entry<Value, Value> entry : left.entrySet()) {
            Value other = right.get(entry.getKey());
            if (other == null || !areEqual(entry.getValue(), other)) {
                return false;
            }
        }
        return true;
    }

    /** Negative, zero or positive, as Python orders the two. */
    static int compare(Value left, Value right, String operator) {
        if (Arithmetic.isNumber(left) && Arithmetic.isNumber(right)) {
            return left instanceof Real || right instanceof Real
                    ? Double.compare(Arithmetic.real(left), Arithmetic.real(right))
                    : Long.compare(Arithmetic.whole(left), Arithmetic.whole(right));
        }
        if (left instanceof Str one && right instanceof Str other) {
            return TextMethods.compare(one.text(), other.text());
        }
        if (left instanceof Seq one && right instanceof Seq other && one.isTuple() == other.isTuple()) {
            return compareItems(one, other, operator);
        }
        Access.refuseUndefined(left);
        Access.refuseUndefined(right);
        throw new RenderException(
                "'%s' is not supported between '%s' and '%s'".formatted(operator, left.typeName(), right.typeName()));
    }

    private static int compareItems(Seq left, Seq right, String operator) {
        int common = Math.min(left.items().size(), right.items().size());
        for (int i = 0; i < common; i++) {
            if (!areEqual(left.items().get(i), right.items().get(i))) {
                return compare(left.items().get(i), right.items().get(i), operator);
            }
        }
        return Integer.compare(left.items().size(), right.items().size());
    }

    static boolean contains(Value container, Value item) {
        if (container instanceof Str text) {
            if (item instanceof Str part) {
                return text.text().contains(part.text());
            }
            throw new RenderException(
                    "'in <string>' requires string as left operand, not %s".formatted(item.typeName()));
        }
        if (container instanceof Dict dict) {
            return dict.entries().containsKey(Access.hashable(item));
        }
        for (Value candidate : Access.items(container)) {
            if (areEqual(candidate, item)) {
                return true;
            }
        }
        return false;
    }
}
