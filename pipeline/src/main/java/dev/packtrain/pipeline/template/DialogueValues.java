package dev.packtrain.pipeline.template;

import dev.packtrain.pipeline.jinja.Bool;
import dev.packtrain.pipeline.jinja.Dict;
import dev.packtrain.pipeline.jinja.Int;
import dev.packtrain.pipeline.jinja.None;
import dev.packtrain.pipeline.jinja.Real;
import dev.packtrain.pipeline.jinja.RenderException;
import dev.packtrain.pipeline.jinja.Seq;
import dev.packtrain.pipeline.jinja.Str;
import dev.packtrain.pipeline.jinja.Value;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A dialogue as a template sees it. Each text remembers which message it comes from, so that it can be found again in
 * what the template makes of it, whatever it contains.
 */
final class DialogueValues {
    private static final Str ROLE = Str.of("role");
    private static final Str CONTENT = Str.of("content");
    private static final int UNMARKED = -1;

    private DialogueValues() {}

    /** The number of a message's content among the inputs. */
    static int contentOf(int message) {
        return 2 * message;
    }

    /** The number of a message's other fields among the inputs. */
    static int fieldsOf(int message) {
        return 2 * message + 1;
    }

    /** The message that an input belongs to. */
    static int messageOf(int source) {
        return source / 2;
    }

    static Value messages(Dialogue dialogue) {
        List<Value> messages = new ArrayList<>(dialogue.messages().size());
        for (int i = 0; i < dialogue.messages().size(); i++) {
            Message message = dialogue.messages().get(i);
            Map<Value, Value> fields = new LinkedHashMap<>();
            fields.put(ROLE, Str.of(message.role()));
            fields.put(CONTENT, Str.from(message.content(), contentOf(i)));
            for (Map.Entry<String, Object> field : message.more().entrySet()) {
                fields.put(Str.of(field.getKey()), value(field.getValue(), fieldsOf(i)));
            }
            messages.add(new Dict(fields, i));
        }
        return Seq.list(messages);
    }

    /** None if there are none, as in {@code transformers}. */
    static Value tools(Dialogue dialogue) {
        return dialogue.tools().isEmpty() ? None.NONE : of(dialogue.tools());
    }

    /** Plain Java data as a template sees it. */
    static Value of(Object data) {
        return value(data, UNMARKED);
    }

    private static Value value(Object data, int source) {
        if (data == null) {
            return None.NONE;
        }
        if (data instanceof String text) {
            return source == UNMARKED ? Str.of(text) : Str.from(text, source);
        }
        if (data instanceof Boolean flag) {
            return Bool.of(flag);
        }
        if (data instanceof Number number) {
            return number(number);
        }
        if (data instanceof Map<?, ?> map) {
            Map<Value, Value> entries = new LinkedHashMap<>();
            map.forEach((key, item) -> entries.put(Str.of(String.valueOf(key)), value(item, source)));
            return new Dict(entries);
        }
        if (data instanceof List<?> list) {
            List<Value> items = new ArrayList<>(list.size());
            list.forEach(item -> items.add(value(item, source)));
            return Seq.list(items);
        }
        throw new IllegalArgumentException("a %s in a message; wanted strings, numbers, booleans, nulls, lists and maps"
                .formatted(data.getClass()));
    }

    private static Value number(Number number) {
        if (number instanceof Double || number instanceof Float || number instanceof java.math.BigDecimal) {
            return new Real(number.doubleValue());
        }
        if (number instanceof BigInteger large && large.bitLength() > 63) {
            throw new RenderException("a field has the number %s; wanted at most 64 bits".formatted(large));
        }
        return new Int(number.longValue());
    }
}
