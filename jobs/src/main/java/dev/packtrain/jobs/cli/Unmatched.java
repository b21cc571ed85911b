package dev.packtrain.jobs.cli;

import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.RecipeKey;
import dev.packtrain.jobs.recipe.RecipeKeys;
import dev.packtrain.packing.NearestName;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Says what is wrong with arguments that no option takes. */
final class Unmatched {
    /** Options of the commands that are no recipe keys. */
    private static final List<String> OTHERS = List.of(
            "master", "verbose", "num_processes", "num_threads", "trainer_heap", "recipe", "help", "src", "json");

    private Unmatched() {}

    static List<String> problems(List<String> unmatched, Command command) {
        List<String> problems = new ArrayList<>();
        boolean afterOption = false;
        for (String argument : unmatched) {
            if (argument.startsWith("-") && argument.length() > 1) {
                problems.add(unknown(argument, command));
                afterOption = !argument.contains("=");
            } else if (afterOption) {
                // The value of the unknown option before it.
                afterOption = false;
            } else {
                problems.add("unexpected argument %s; options look like --key value".formatted(argument));
            }
        }
        return problems;
    }

    private static String unknown(String argument, Command command) {
        String option = argument.replaceFirst("=.*$", "");
        String name = option.replaceFirst("^--?", "");
        List<String> known = Stream.concat(RecipeKeys.of(command).stream().map(RecipeKey::name), OTHERS.stream())
                .toList();
        return RecipeKeys.explanation(name)
                .map(reason -> "--%s is no option: %s".formatted(name, reason))
                .or(() -> NearestName.meant(name, known)
                        .map(nearest -> "unknown option %s; did you mean --%s?".formatted(option, nearest)))
                .orElse("unknown option %s; packtrain %s --help lists the options".formatted(option, command.word()));
    }
}
