package dev.packtrain.jobs.recipe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The resolved recipe of one command: every key it uses, with its value or its default. Immutable. */
public final class Settings {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final Command command;
    private final Map<String, Object> values;
    private final Set<String> set;

    Settings(Command command, Map<String, Object> values, Set<String> set) {
        this.command = command;
        this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        this.set = set;
    }

    /** The command these are for. */
    public Command command() {
        return command;
    }

    /** Whether a person set the key, instead of leaving its default. */
    public boolean isSet(String name) {
        return set.contains(name);
    }

    /** Whether the key has a value. */
    public boolean has(String name) {
        return values.containsKey(name);
    }

    /** A value of whatever type, if the key has one. */
    Optional<Object> value(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /** Text that is there. */
    public String text(String name) {
        return optionalText(name).orElseThrow(() -> new IllegalStateException(name + " is not set"));
    }

    /** Text that may be unset. */
    public Optional<String> optionalText(String name) {
        return Optional.ofNullable((String) values.get(name));
    }

    /** A whole number. */
    public long number(String name) {
        return (Long) values.get(name);
    }

    /** A whole number of a key whose range fits an int. */
    public int count(String name) {
        return Math.toIntExact(number(name));
    }

    /** A real number. */
    public double real(String name) {
        return (Double) values.get(name);
    }

    /** A flag. */
    public boolean flag(String name) {
        return (Boolean) values.get(name);
    }

    /** Entries of {@code config_overrides}; empty if unset. */
    public Map<String, String> entries(String name) {
        Object value = values.get(name);
        if (value == null) {
            return Map.of();
        }
        Map<String, String> entries = new LinkedHashMap<>();
        ((Map<?, ?>) value).forEach((key, each) -> entries.put((String) key, (String) each));
        return entries;
    }

    /** The same with a value that the run has found out, as if it had been set. */
    public Settings with(String name, Object value) {
        Map<String, Object> changed = new LinkedHashMap<>(values);
        changed.put(name, value);
        Set<String> changedSet = new LinkedHashSet<>(set);
        changedSet.add(name);
        return new Settings(command, changed, Set.copyOf(changedSet));
    }

    /** The same with a key unset. */
    Settings without(String name) {
        Map<String, Object> changed = new LinkedHashMap<>(values);
        changed.remove(name);
        Set<String> changedSet = new LinkedHashSet<>(set);
        changedSet.remove(name);
        return new Settings(command, changed, Set.copyOf(changedSet));
    }

    /** The recipe as it is written beside a result: every key the command uses, one a line. */
    public String toJson() {
        try {
            return JSON.writeValueAsString(values);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
