package dev.packtrain.pipeline.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Python's {@code json.dumps}, which is the filter {@code tojson} of {@code transformers}. */
final class JsonPrinter {
    private static final int MAX_DEPTH = 200;

    private final TextBuilder out = new TextBuilder();
    private final boolean asciiOnly;
    private final String indent;
    private final String itemSeparator;
    private final String keySeparator;
    private final boolean sortKeys;

    private JsonPrinter(Arguments arguments) {
        arguments.check("tojson", "ensure_ascii", "indent", "separators", "sort_keys");
        asciiOnly = arguments.get(0, "ensure_ascii", Bool.FALSE).isTrue();
        Value indentation = arguments.get(1, "indent", None.NONE);
        Value separators = arguments.get(2, "separators", None.NONE);
        sortKeys = arguments.get(3, "sort_keys", Bool.FALSE).isTrue();
        if (indentation == None.NONE) {
            indent = null;
        } else if (Arithmetic.isWhole(indentation)) {
            long width = Arithmetic.whole(indentation);
            if (width > 100) {
                throw new RenderException("tojson is asked to indent by %d; wanted at most 100".formatted(width));
            }
            indent = " ".repeat((int) Math.max(0, width));
        } else {
            indent = Printer.text(indentation);
        }
        if (separators == None.NONE) {
            itemSeparator = indent == null ? ", " : ",";
            keySeparator = ": ";
        } else {
            List<Value> pair = Access.items(separators);
            if (pair.size() != 2) {
                throw new RenderException("tojson wants two separators, not %d".formatted(pair.size()));
            }
            itemSeparator = Printer.text(pair.get(0));
            keySeparator = Printer.text(pair.get(1));
        }
    }

    static Str json(Value value, Arguments arguments) {
        JsonPrinter printer = new JsonPrinter(arguments);
        printer.write(value, 0);
        return printer.out.toStr();
    }

    private void write(Value value, int depth) {
        if (depth > MAX_DEPTH) {
            throw new RenderException("a value is nested more than %d deep".formatted(MAX_DEPTH));
        }
        if (value instanceof Str str) {
            string(str);
        } else if (value instanceof Seq seq) {
            sequence(seq.items(), depth);
        } else if (value instanceof Dict dict) {
            object(dict, depth);
        } else {
            out.append(scalar(value));
        }
    }

    private static String scalar(Value value) {
        if (value instanceof Int i) {
            return Long.toString(i.value());
        }
        if (value instanceof Real real) {
            String text = Printer.real(real.value());
            return switch (text) {
                case "nan" -> "NaN";
                case "inf" -> "Infinity";
                case "-inf" -> "-Infinity";
                default -> text;
            };
        }
        if (value instanceof Bool) {
            return value == Bool.TRUE ? "true" : "false";
        }
        if (value == None.NONE) {
            return "null";
        }
        throw new RenderException("Object of type %s is not JSON serializable".formatted(value.typeName()));
    }

    private void sequence(List<Value> items, int depth) {
        if (items.isEmpty()) {
            out.append("[]");
            return;
        }
        out.append("[");
        for (int i = 0; i < items.size(); i++) {
            separate(i, depth);
            write(items.get(i), depth + 1);
        }
        close(depth, "]");
    }

    private void object(Dict dict, int depth) {
        if (!dict.isTrue()) {
            out.append("{}");
            return;
        }
        List<Map.Entry<Value, Value>> entries = new ArrayList<>(dict.entries().entrySet());
        if (sortKeys) {
            entries.sort((a, b) -> Relation.compare(a.getKey(), b.getKey(), "<"));
        }
        out.append("{");
        for (int i = 0; i < entries.size(); i++) {
            separate(i, depth);
            Value key = entries.get(i).getKey();
            string(key instanceof Str str ? str : Str.of(scalar(key)));
            out.append(keySeparator);
            write(entries.get(i).getValue(), depth + 1);
        }
        close(depth, "}");
    }

    private void separate(int index, int depth) {
        if (index > 0) {
            out.append(itemSeparator);
        }
        newLine(depth + 1);
    }

    private void close(int depth, String bracket) {
        newLine(depth);
        out.append(bracket);
    }

    private void newLine(int depth) {
        if (indent != null) {
            out.append("\n").append(indent.repeat(depth));
        }
    }

    private void string(Str text) {
        StringBuilder quoted = new StringBuilder(text.text().length() + 2);
        for (int i = 0; i < text.text().length(); i++) {
            char c = text.text().charAt(i);
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                case '\f' -> quoted.append("\\f");
                case '\b' -> quoted.append("\\b");
                default -> {
                    if (c < ' ' || (asciiOnly && c > '~')) {
                        quoted.append("\\u%04x".formatted((int) c));
                    } else {
                        quoted.append(c);
                    }
                }
            }
        }
        out.append("\"").append(text.changedTo(quoted.toString())).append("\"");
    }
}
