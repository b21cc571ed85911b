package dev.packtrain.jobs.recipe;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Recipes that no person means, but some program may write. */
class HostileRecipeTest {
    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(strings = {"a\\u0000b", "a\\ud800b", "\\udc00"})
    void whatNoPathCanHoldIsRefusedBeforeItIsUsed(String escaped) throws Exception {
        Path file = Files.writeString(
                dir.resolve("recipe.json"),
                "{\"dataset_name_or_path\": \"a\", \"tokenizer_name_or_path\": \"%s\", \"output_dir\": \"o\"}"
                        .formatted(escaped));
        assertThatThrownBy(() -> Recipe.read(file).resolve(Command.PREPARE))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(
                        file
                                + ": tokenizer_name_or_path has a NUL or half a character in it, which no path or name has, got \"");
    }

    @Test
    void aWholeCharacterOfTwoHalvesIsText() {
        Recipe.of(Map.of("dataset_name_or_path", "\ud83d\ude00", "tokenizer_name_or_path", "t", "output_dir", "o"))
                .resolve(Command.PREPARE);
    }

    @Test
    void whatTheReaderRefusesIsToldWithoutItsOwnWords() throws Exception {
        Path deep = Files.writeString(dir.resolve("deep.json"), "{\"seed\": " + "[".repeat(2000));
        assertThatThrownBy(() -> Recipe.read(deep))
                .isInstanceOf(BadInputException.class)
                .hasMessageEndingWith("exceeds the maximum allowed (1000)");
        assertThatThrownBy(() -> Recipe.read(dir))
                .isInstanceOf(BadInputException.class)
                .hasMessage("cannot read the recipe %s (it is a directory); wanted a JSON file", dir);
    }
}
