package dev.packtrain.jobs.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What lies in {@code conf/} is right for the commands that it is meant for. */
class ShippedRecipesTest {
    private static final Path CONF = Path.of("..", "conf");

    static Stream<Path> recipes() throws IOException {
        List<Path> files = new ArrayList<>();
        try (var found = Files.newDirectoryStream(CONF, "*.json")) {
            found.forEach(files::add);
        }
        assertThat(files).isNotEmpty();
        return files.stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("recipes")
    void everyShippedRecipeResolvesOncePathsAreAdded(Path file) {
        for (Command command : List.of(Command.PREPARE, Command.TRAIN, Command.RUN, Command.TOKENIZER)) {
            Settings settings = withPaths(file).resolve(command);
            assertThat(settings.command()).isEqualTo(command);
        }
        Settings preparing = withPaths(file).resolve(Command.PREPARE);
        assertThat(preparing.flag("zero_padding")).isTrue();
        assertThat(PreparingRecipe.options(preparing, "out")).isNotNull();
        assertThat(TrainingRecipe.options(withPaths(file).resolve(Command.TRAIN)))
                .isNotNull();
    }

    @ParameterizedTest
    @EnumSource(Command.class)
    void theDemosRecipeServesEveryCommand(Command command) {
        Recipe recipe = withPaths(CONF.resolve("demo.json"));
        Settings settings =
                switch (command) {
                    case GENERATE ->
                        Recipe.read(CONF.resolve("demo.json"))
                                .with("model_name_or_path", "m")
                                .resolve(command);
                    case MERGE -> recipe.with("lora_path", "a").resolve(command);
                    case PREPARE, TRAIN, RUN, PLAN, TOKENIZER -> recipe.resolve(command);
                };
        assertThat(settings.command()).isEqualTo(command);
    }

    private static Recipe withPaths(Path file) {
        return Recipe.read(file)
                .with("dataset_name_or_path", "rows.jsonl")
                .with("tokenizer_name_or_path", "tok")
                .with("config_name", "llama.json")
                .with("output_dir", "out");
    }
}
