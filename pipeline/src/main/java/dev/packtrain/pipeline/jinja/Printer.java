package dev.packtrain.pipeline.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Iterator;
import java.util.Map;

/** Python's {@code str()} and {@code repr()}. */
final class Printer {
    private static final int MAX_DEPTH = 200;

    private Printer() {}

    static Str str(Value value) {
        return value instanceof Str str ? str : Str.of(text(value));
    }

    static String text(Value value) {
        return value instanceof Str str ? str.text() : repr(value);
    }

    static String repr(Value value) {
        StringBuilder out = new StringBuilder();
        repr(value, out, 0);
        return out.toString();
    }

    private static void repr(Value value, StringBuilder out, int depth) {
        if (depth > MAX_DEPTH) {
            throw new RenderException("a value is nested more than %d deep".formatted(MAX_DEPTH));
        }
        if (value instanceof Str str) {
            quote(str.text(), out);
        } else if (value instanceof Int i) {
            out.append(i.value());
        } else if (value instanceof Real real) {
            out.append(real(real.value()));
        } else if (value instanceof Bool) {
            out.append(value == Bool.TRUE ? "True" : "False");
        } else if (value == None.NONE) {
            out.append("None");
        } else if (value instanceof Undefined) {
            out.append(depth == 0 ? "" : "Undefined");
        } else if (value instanceof Seq seq) {
            sequence(seq, out, depth);
        } else if (value instanceof Dict dict) {
            dictionary(dict, out, depth);
        } else {
            throw new RenderException("a %s cannot be printed".formatted(value.typeName()));
        }
    }

    private static void sequence(Seq seq, StringBuilder out, int depth) {
        out.append(seq.isTuple() ? '(' : '[');
        Iterator<Value> items = seq.items().iterator();
        while (items.hasNext()) {
            repr(items.next(), out, depth + 1);
            if (items.hasNext()) {
                out.append(", ");
            }
        }
        if (seq.isTuple() && seq.items().size() == 1) {
            out.append(',');
        }
        out.append(seq.isTuple() ? ')' : ']');
    }

    private static void dictionary(Dict dict, StringBuilder out, int depth) {
        out.append('{');
        String separator = "";
        for (Map.Entry<Value, Value> entry : dict.entries().entrySet()) {
            out.append(separator);
            repr(entry.getKey(), out, depth + 1);
            out.append(": ");
            repr(entry.getValue(), out, depth + 1);
            separator = ", ";
        }
        out.append('}');
    }

    private static void quote(String text, StringBuilder out) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
        text.codePoints().forEach(c -> {
            if (c == quote || c == '\\') {
                out.append('\\').append((char) c);
            } else if (c == '\n') {
                out.append("\\n");
            } else if (c == '\r') {
                out.append("\\r");
            } else if (c == '\t') {
                out.append("\\t");
            } else if (isPrintable(c)) {
                out.appendCodePoint(c);
            } else {
                out.append(
                        c < 0x100
                                ? "\\x%02x".formatted(c)
                                : c < 0x10000 ? "\\u%04x".formatted(c) : "\\U%08x".formatted(c));
            }
        });
        out.append(quote);
    }

    private static boolean isPrintable(int codePoint) {
        if (codePoint == ' ') {
            return true;
        }
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR -> false;
            default -> true;
        };
    }

    /** Python's {@code repr} of a float: the fewest digits that read back as the same number. */
    static String real(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal exact = new BigDecimal(value);
        BigDecimal shortest = exact;
        for (int digits = 1; digits <= 17; digits++) {
            shortest = exact.round(new MathContext(digits));
            if (shortest.doubleValue() == value) {
                break;
            }
        }
        shortest = shortest.stripTrailingZeros();
        String digits = shortest.unscaledValue().abs().toString();
        int exponent = digits.length() - shortest.scale() - 1;
        String sign = value < 0 ? "-" : "";
        if (exponent >= -4 && exponent < 16) {
            String plain = shortest.abs().toPlainString();
            return sign + plain + (plain.indexOf('.') < 0 ? ".0" : "");
        }
        String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        return sign + mantissa + "e" + (exponent < 0 ? "-" : "+") + "%02d".formatted(Math.abs(exponent));
    }
}
