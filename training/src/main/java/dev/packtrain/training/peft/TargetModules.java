package dev.packtrain.training.peft;

import dev.packtrain.packing.BadInputException;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;

/**
 * Which linears of a model get adapters. An entry matches a linear of this name, one whose name ends in it after a dot, and
 * as a regular expression one whose whole name it matches (PEFT's rules for lists and for text, and PaddleNLP's, together);
 * {@value #ALL} matches every linear of the blocks.
 *
 * @param key of a recipe, for messages
 * @param entries at least one
 */
public record TargetModules(String key, List<String> entries) {
    /** Every linear but the output head. */
    public static final String ALL = "all-linear";

    /** Of {@code lora_target_modules}. */
    public TargetModules(List<String> entries) {
        this("lora_target_modules", entries);
    }

    /**
     * Entries as a recipe gives them.
     *
     * @throws BadInputException if one is empty, or neither a name nor a regular expression
     */
    static TargetModules of(List<String> entries) {
        return of("lora_target_modules", entries);
    }

    /** Those of another key. */
    static TargetModules of(String key, List<String> entries) {
        for (String entry : entries) {
            try {
                if (entry.isBlank()) {
                    throw new BadInputException(
                            "%s has an empty entry; give names such as q_proj,v_proj, a regular expression, or all-linear."
                                    .formatted(key));
                }
                Pattern.compile(entry);
            } catch (PatternSyntaxException e) {
                throw new BadInputException(
                        "%s has '%s', which is neither a name nor a regular expression (%s); give names such as q_proj,v_proj (in a recipe file a JSON list, where an expression has a comma in it), or all-linear."
                                .formatted(key, entry, e.getDescription()),
                        e);
            }
        }
        return new TargetModules(key, List.copyOf(entries));
    }

    /** Whether a linear is one of them. */
    public boolean matches(String module) {
        return entries.stream().anyMatch(entry -> matches(entry, module));
    }

    private static boolean matches(String entry, String module) {
        return entry.equals(ALL)
                || module.equals(entry)
                || module.endsWith("." + entry)
                || Pattern.matches(entry, module);
    }

    /**
     * Checks that every entry has matched something.
     *
     * @param modules all linears of the model
     * @throws BadInputException naming the entry, and what there is
     */
    public void requireAllMatch(Collection<String> modules) {
        for (String entry : entries) {
            if (modules.stream().noneMatch(module -> matches(entry, module))) {
                throw new BadInputException(
                        "%s has '%s', which matches no linear of this model; there are %s (as in %s), or give all-linear."
                                .formatted(
                                        key,
                                        entry,
                                        String.join(", ", lastNames(modules)),
                                        modules.iterator().next()));
            }
        }
    }

    /**
     * The shortest list that means the same in PEFT: last names where all linears of that name are targets, else whole names.
     */
    static List<String> shortest(List<String> modules, List<String> all) {
        return lastNames(modules).stream()
                .flatMap(last -> {
                    List<String> named = all.stream()
                            .filter(module -> lastName(module).equals(last))
                            .toList();
                    return modules.containsAll(named)
                            ? List.of(last).stream()
                            : modules.stream().filter(named::contains);
                })
                .toList();
    }

    private static TreeSet<String> lastNames(Collection<String> modules) {
        return modules.stream().map(TargetModules::lastName).collect(Collectors.toCollection(TreeSet::new));
    }

    private static String lastName(String module) {
        return module.substring(module.lastIndexOf('.') + 1);
    }
}
