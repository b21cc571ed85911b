package dev.packtrain.pipeline.jinja;

import java.util.ArrayList;
import java.util.List;

/** Python's arithmetic. */
enum Arithmetic {
    ADD("+"),
    SUBTRACT("-"),
    MULTIPLY("*"),
    DIVIDE("/"),
    FLOOR_DIVIDE("//"),
    MODULO("%"),
    POWER("**");

    private final String symbol;

    Arithmetic(String symbol) {
        this.symbol = symbol;
    }

    static boolean isNumber(Value value) {
        return value instanceof Int || value instanceof Real || value instanceof Bool;
    }

    static boolean isWhole(Value value) {
        return value instanceof Int || value instanceof Bool;
    }

    static long whole(Value value) {
        return value instanceof Bool ? (value == Bool.TRUE ? 1 : 0) : ((Int) value).value();
    }

    static double real(Value value) {
        return value instanceof Real real ? real.value() : whole(value);
    }

    static Value signed(Value value, boolean negative) {
        if (value instanceof Real real) {
            return negative ? new Real(-real.value()) : value;
        }
        if (isWhole(value)) {
            return new Int(negative ? Math.negateExact(whole(value)) : whole(value));
        }
        Access.refuseUndefined(value);
        throw new RenderException("a sign before '%s' means nothing".formatted(value.typeName()));
    }

    Value apply(Execution execution, Value left, Value right) {
        if (isNumber(left) && isNumber(right)) {
            return left instanceof Real || right instanceof Real || this == DIVIDE
                    ? reals(real(left), real(right))
                    : wholes(whole(left), whole(right));
        }
        if (this == ADD && left instanceof Str head && right instanceof Str tail) {
            return joined(head, tail);
        }
        if (this == ADD && left instanceof Seq head && right instanceof Seq tail && head.isTuple() == tail.isTuple()) {
            List<Value> items = new ArrayList<>(head.items());
            items.addAll(tail.items());
            return new Seq(items, head.isTuple());
        }
        if (this == MULTIPLY && (isWhole(left) || isWhole(right))) {
            Value repeated = isWhole(left) ? right : left;
            long times = whole(isWhole(left) ? left : right);
            if (repeated instanceof Str || repeated instanceof Seq) {
                return repeat(execution, repeated, Math.max(0, times));
            }
        }
        Access.refuseUndefined(left);
        Access.refuseUndefined(right);
        if (this == MODULO && left instanceof Str) {
            throw new RenderException("formatting with % is not supported");
        }
        throw new RenderException(
                "'%s' is not supported between '%s' and '%s'".formatted(symbol, left.typeName(), right.typeName()));
    }

    private static Str joined(Str left, Str right) {
        if (left.isSafe() != right.isSafe()) {
            throw new RenderException(
                    "text marked 'safe' is added to other text with +, which would escape it; that is not supported");
        }
        return new TextBuilder().append(left).append(right).toStr();
    }

    private static Value repeat(Execution execution, Value repeated, long times) {
        if (repeated instanceof Str text) {

            execution.chargeLength(times * Math.max(1, text.text().length()), times);
            TextBuilder all = new TextBuilder();
            for (long i = 0; i < times; i++) {
                all.append(text);
            }
            return all.toStr();
        }
        List<Value> part = ((Seq) repeated).items();
        execution.chargeLength(times * Math.max(1, part.size()), times);
        List<Value> all = new ArrayList<>();
        for (long i = 0; i < times; i++) {
            all.addAll(part);
        }
        return new Seq(all, ((Seq) repeated).isTuple());
    }

    private Value wholes(long a, long b) {
        try {
            return new Int(
                    switch (this) {
                        case ADD -> Math.addExact(a, b);
                        case SUBTRACT -> Math.subtractExact(a, b);
                        case MULTIPLY -> Math.multiplyExact(a, b);
                        case FLOOR_DIVIDE -> Math.floorDiv(a, b);
                        case MODULO -> Math.floorMod(a, b);
                        case POWER -> power(a, b);
                        case DIVIDE -> throw new IllegalStateException("a division is real");
                    });
        } catch (ArithmeticException tooLarge) {
            throw new RenderException(
                    b == 0 ? "division by zero" : "a whole number is outside 64 bits (%s)".formatted(symbol));
        }
    }

    private static long power(long base, long exponent) {
        if (exponent < 0) {
            throw new RenderException("a negative exponent is not supported");
        }
        long result = 1;
        for (long i = 0; i < exponent && ((base != 1 && base != 0) || i == 0); i++) {
            result = Math.multiplyExact(result, base == -1 ? (exponent % 2 == 0 ? 1 : -1) : base);
            if (base == -1) {
                break;
            }
        }
        return result;
    }

    private Value reals(double a, double b) {
        if (b == 0 && (this == DIVIDE || this == FLOOR_DIVIDE || this == MODULO)) {
            throw new RenderException("division by zero");
        }
        return new Real(
                switch (this) {
                    case ADD -> a + b;
                    case SUBTRACT -> a - b;
                    case MULTIPLY -> a * b;
                    case DIVIDE -> a / b;
                    case FLOOR_DIVIDE -> Math.floor(a / b);
                    case MODULO -> a - b * Math.floor(a / b);
                    case POWER -> Math.pow(a, b);
                });
    }
}
