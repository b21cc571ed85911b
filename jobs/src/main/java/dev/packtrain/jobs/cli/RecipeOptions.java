package dev.packtrain.jobs.cli;

import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.KeyGroup;
import dev.packtrain.jobs.recipe.Recipe;
import dev.packtrain.jobs.recipe.RecipeKey;
import dev.packtrain.jobs.recipe.RecipeKeys;
import dev.packtrain.jobs.recipe.Settings;
import dev.packtrain.jobs.recipe.ValueType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Stack;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** One option a recipe key. Keys that the command does not use are options too, hidden, so that they can be explained. */
final class RecipeOptions {
    private static final String RECIPE = "--recipe";

    private final Command command;
    private final Map<String, String> options = new LinkedHashMap<>();
    private final Map<String, String> files = new LinkedHashMap<>();

    RecipeOptions(Command command) {
        this.command = command;
    }

    void addTo(CommandSpec spec) {
        // What is mistyped is explained here.
        spec.parser().unmatchedArgumentsAllowed(true);
        spec.addPositional(PositionalParamSpec.builder()
                .index("0")
                .arity("0..1")
                .type(String.class)
                .paramLabel("recipe.json")
                .description("a recipe; options override it")
                .setter(into(files, "recipe.json"))
                .build());
        spec.addOption(OptionSpec.builder(RECIPE)
                .type(String.class)
                .paramLabel("FILE")
                .description("the same, as an option")
                .setter(into(files, RECIPE))
                .build());
        Map<KeyGroup, List<RecipeKey>> byGroup =
                RecipeKeys.of(command).stream().collect(Collectors.groupingBy(RecipeKey::group));
        for (KeyGroup group : KeyGroup.values()) {
            List<RecipeKey> keys = byGroup.getOrDefault(group, List.of());
            if (!keys.isEmpty()) {
                ArgGroupSpec.Builder args = ArgGroupSpec.builder()
                        .heading("%n" + group.heading() + "%n")
                        .exclusive(false)
                        .validate(false);
                keys.forEach(key -> args.addArg(option(key, false)));
                spec.addArgGroup(args.build());
            }
        }
        RecipeKeys.all().stream()
                .filter(key -> !key.commands().contains(command))
                .forEach(key -> spec.addOption(option(key, true)));
    }

    /**
     * Defaults, then the recipe file, then the options.
     *
     * @param unmatched arguments that are no option
     */
    Settings settings(List<String> unmatched) {
        List<String> problems = new ArrayList<>(Unmatched.problems(unmatched, command));
        if (files.size() == 2) {
            problems.add("a recipe is given twice: %s; leave one out".formatted(String.join(" and ", files.values())));
        }
        options.keySet().stream()
                .flatMap(name -> RecipeKeys.find(name).stream())
                .filter(key -> key.supported() && !key.commands().contains(command))
                .forEach(key -> problems.add("--%s is a key of %s; %s does not use it"
                        .formatted(
                                key.name(),
                                key.commands().stream()
                                        .sorted()
                                        .map(Command::word)
                                        .collect(Collectors.joining(", ")),
                                command.word())));
        return recipe(!unmatched.isEmpty()).withOptions(options).resolve(command, problems);
    }

    /** @param unknownOptions whether an argument that is no file may be the value of an option that does not exist */
    private Recipe recipe(boolean unknownOptions) {
        if (files.isEmpty()) {
            return Recipe.empty();
        }
        Path file = Path.of(files.values().iterator().next());
        boolean meantAsValue = unknownOptions && !files.containsKey(RECIPE) && !Files.exists(file);
        return meantAsValue ? Recipe.empty() : Recipe.read(file);
    }

    private OptionSpec option(RecipeKey key, boolean hidden) {
        boolean flag = key.type() instanceof ValueType.Flag || key.type() instanceof ValueType.FlagOrPath;
        OptionSpec.Builder option = OptionSpec.builder("--" + key.name())
                .type(String.class)
                .paramLabel(key.type().label())
                .description(key.doc() + shownDefault(key))
                .hidden(hidden)
                .setter(into(options, key.name()));
        // A known key that is not supported may be a flag too.
        if (flag || hidden) {
            option.arity("0..1").fallbackValue("true").parameterConsumer(RecipeOptions::flagValue);
        } else {
            option.arity("1");
        }
        return option.build();
    }

    /** What follows a flag is its value, unless it looks like an option, even a mistyped one. */
    private static void flagValue(Stack<String> following, ArgSpec option, CommandSpec spec) {
        boolean bare = following.isEmpty() || following.peek().startsWith("--");
        option.setValue(bare ? "true" : following.pop());
    }

    private static String shownDefault(RecipeKey key) {
        Object value = key.defaultValue();
        if (value == null) {
            return "";
        }
        String shown = String.valueOf(value);
        return " (%s)"
                .formatted(
                        value instanceof Double
                                ? shown.replaceFirst("\\.0$", "").replace(".0E", "e")
                                : shown);
    }

    static ISetter into(Map<String, String> values, String name) {
        return new ISetter() {
            @Override
            public <T> T set(T value) {
                if (value == null) {
                    values.remove(name);
                } else {
                    values.put(name, String.valueOf(value));
                }
                return value;
            }
        };
    }
}
