package dev.packtrain.jobs.recipe;

import dev.packtrain.packing.BadInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a person set, before it is checked: values of a recipe file, then values that override them. Immutable.
 *
 * <p>A recipe may describe a whole job, so keys of other commands are allowed in it; what a command does not use is left
 * out of its {@link Settings}.
 */
public final class Recipe {
    private final Map<String, Given> given;

    private record Given(Object value, boolean fromCommandLine, String where) {}

    private Recipe(Map<String, Given> given) {
        this.given = given;
    }

    /** A recipe that sets nothing. */
    public static Recipe empty() {
        return new Recipe(Map.of());
    }

    /**
     * Reads a recipe file.
     *
     * @throws BadInputException if the file is missing or is no flat JSON object
     */
    public static Recipe read(Path file) {
        return of(RecipeFile.read(file), file.toString());
    }

    /** From values, as from a recipe file: numbers are numbers, flags are booleans. */
    public static Recipe of(Map<String, ?> values) {
        return of(values, "the recipe");
    }

    private static Recipe of(Map<String, ?> values, String where) {
        Map<String, Given> given = new LinkedHashMap<>();
        values.forEach((name, value) -> given.put(name, new Given(value, false, where)));
        return new Recipe(given);
    }

    /** This recipe with one value replaced. */
    public Recipe with(String name, Object value) {
        Map<String, Given> changed = new LinkedHashMap<>(given);
        changed.put(name, new Given(value, false, "the recipe"));
        return new Recipe(changed);
    }

    /** This recipe with values of the command line over it; text stands for numbers and booleans there. */
    public Recipe withOptions(Map<String, String> options) {
        Map<String, Given> changed = new LinkedHashMap<>(given);
        options.forEach((name, value) -> changed.put(name, new Given(value, true, "--" + name)));
        return new Recipe(changed);
    }

    /**
     * The checked values for a command.
     *
     * @throws BadInputException with every problem there is, if there is any
     */
    public Settings resolve(Command command) {
        return resolve(command, List.of());
    }

    /** Like {@link #resolve(Command)}, with problems that were found before put first. */
    public Settings resolve(Command command, List<String> earlierProblems) {
        Set<String> problems = new LinkedHashSet<>(earlierProblems);
        Map<String, Object> set = new LinkedHashMap<>();
        given.forEach((name, value) -> accept(name, value, set, problems));
        Map<String, Object> resolved = new LinkedHashMap<>();
        for (RecipeKey key : RecipeKeys.of(command)) {
            Object value = set.getOrDefault(key.name(), key.defaultValue());
            if (value != null) {
                resolved.put(key.name(), value);
            }
        }
        if (resolved.containsKey("src_length") && !set.containsKey("src_length")) {
            resolved.put("src_length", defaultSrcLength((Long) resolved.get("max_length"), (Long)
                    resolved.get("src_length")));
        }
        Settings settings = new Settings(command, resolved, Set.copyOf(set.keySet()));
        problems.addAll(Contradictions.in(settings, named()));
        if (!problems.isEmpty()) {
            throw new BadInputException(report(new ArrayList<>(problems)));
        }
        return settings;
    }

    private Set<String> named() {
        Set<String> names = new LinkedHashSet<>(given.keySet());
        names.removeIf(name -> given.get(name).value() == null);
        return names;
    }

    /** Short packs leave half of their length to the target. */
    private static long defaultSrcLength(long maxLength, long defaultValue) {
        return Math.min(defaultValue, maxLength / 2);
    }

    private static void accept(String name, Given given, Map<String, Object> set, Set<String> problems) {
        RecipeKey key = RecipeKeys.find(name).orElse(null);
        if (key == null) {
            problems.add("%s: %s".formatted(given.where(), RecipeKeys.unknown(name)));
        } else if (!key.supported()) {
            if (!key.isNeutral(given.value())) {
                problems.add("%s: %s is %s, got %s; wanted it unset%s"
                        .formatted(given.where(), name, key.doc(), shown(given.value()), orNeutral(key)));
            }
        } else if (given.value() instanceof String text && !isText(text)) {
            problems.add("%s: %s has a NUL or half a character in it, which no path or name has, got %s"
                    .formatted(given.where(), name, shown(text)));
        } else if (given.value() != null) {
            Object value = key.type().parse(given.value(), given.fromCommandLine());
            if (value == null) {
                problems.add("%s: %s wants %s, got %s"
                        .formatted(given.where(), name, key.type().wanted(), shown(given.value())));
            } else {
                set.put(name, value);
            }
        }
    }

    /** Of paths above all: Java makes none of these. */
    private static boolean isText(String text) {
        return text.codePoints()
                .noneMatch(c -> c == 0 || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE));
    }

    private static String orNeutral(RecipeKey key) {
        return key.neutral().isEmpty() ? "" : " or " + key.neutral().get(0);
    }

    private static String shown(Object value) {
        String text = value instanceof String ? "\"" + value + "\"" : String.valueOf(value);
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }

    private static String report(List<String> problems) {
        if (problems.size() == 1) {
            return problems.get(0);
        }
        return problems.size() + " problems:\n  " + String.join("\n  ", problems);
    }
}
