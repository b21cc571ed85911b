package dev.packtrain.training.model;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** What differs between two records of one type, for a sentence. */
final class RecordDifferences {
    private RecordDifferences() {}

    /** Such as {@code hidden_size 64 against 32}, of every component that differs; those of nested records by themselves. */
    static List<String> between(Record one, Record other) {
        List<String> differences = new ArrayList<>();
        for (RecordComponent component : one.getClass().getRecordComponents()) {
            Object first = value(component, one);
            Object second = value(component, other);
            if (Objects.equals(first, second)) {
                continue;
            }
            if (first instanceof Record nested
                    && second instanceof Record nestedToo
                    && nested.getClass().equals(nestedToo.getClass())) {
                differences.addAll(between(nested, nestedToo));
            } else {
                differences.add("%s %s against %s".formatted(key(component.getName()), first, second));
            }
        }
        return differences;
    }

    private static Object value(RecordComponent component, Record record) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** As config.json spells it. */
    private static String key(String name) {
        return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }
}
