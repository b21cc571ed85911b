package dev.packtrain.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.Settings;
import dev.packtrain.packing.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** From arguments to settings. */
class RecipeOptionsTest {
    private static final List<String> PATHS =
            List.of("--dataset_name_or_path", "rows.jsonl", "--tokenizer_name_or_path=tok", "--output_dir", "out");

    @TempDir
    Path dir;

    private static Settings parse(Command command, List<String> args) {
        RecipeOptions options = new RecipeOptions(command);
        CommandSpec spec = CommandSpec.create();
        options.addTo(spec);
        return options.settings(
                new CommandLine(spec).parseArgs(args.toArray(String[]::new)).unmatched());
    }

    private static Settings prepare(String... more) {
        List<String> args = new ArrayList<>(PATHS);
        args.addAll(List.of(more));
        return parse(Command.PREPARE, args);
    }

    private static String refused(String... more) {
        return catchThrowableOfType(BadInputException.class, () -> prepare(more))
                .getMessage();
    }

    @Test
    void aValueFollowsABlankOrAnEqualsSign() {
        assertThat(prepare("--max_length", "512").number("max_length")).isEqualTo(512);
        assertThat(prepare("--max_length=512").number("max_length")).isEqualTo(512);
        assertThat(prepare("--seed=-7").number("seed")).isEqualTo(-7);
        assertThat(prepare("--max_rejected=1e-3").real("max_rejected")).isEqualTo(1e-3);
    }

    @Test
    void aBareFlagIsTrueAndAFlagTakesAValue() {
        Settings bare = prepare("--zero_padding", "--greedy_zero_padding");
        assertThat(bare.flag("zero_padding")).isTrue();
        assertThat(bare.flag("greedy_zero_padding")).isTrue();
        assertThat(prepare("--zero_padding", "false").flag("zero_padding")).isFalse();
        assertThat(prepare("--zero_padding=True").flag("zero_padding")).isTrue();
        assertThat(prepare().flag("zero_padding")).isFalse();
    }

    @Test
    void aBareFlagBeforeAnotherOptionDoesNotEatIt() {
        Settings settings = prepare("--zero_padding", "--max_length", "64");
        assertThat(settings.flag("zero_padding")).isTrue();
        assertThat(settings.number("max_length")).isEqualTo(64);
    }

    @Test
    void aMistypedOptionIsNoValueOfTheFlagBeforeIt() {
        assertThat(refused("--zero_padding", "--max_lenght", "5"))
                .isEqualTo("unknown option --max_lenght; did you mean --max_length?");
    }

    @Test
    void aNegativeNumberIsAValue() {
        assertThat(prepare("--seed", "-7").number("seed")).isEqualTo(-7);
    }

    @Test
    void anOptionBeatsTheRecipeFile() throws Exception {
        Path recipe = Files.writeString(dir.resolve("r.json"), "{\"max_length\": 512, \"seed\": 7}");
        for (List<String> given : List.of(List.of(recipe.toString()), List.of("--recipe", recipe.toString()))) {
            List<String> args = new ArrayList<>(given);
            args.addAll(PATHS);
            args.add("--seed=9");
            Settings settings = parse(Command.PREPARE, args);
            assertThat(settings.number("max_length")).isEqualTo(512);
            assertThat(settings.number("seed")).isEqualTo(9);
        }
    }

    @Test
    void anUnknownOptionNamesTheNearest() {
        assertThat(refused("--max_lenght", "5")).isEqualTo("unknown option --max_lenght; did you mean --max_length?");
        assertThat(refused("--max_lenght=5")).isEqualTo("unknown option --max_lenght; did you mean --max_length?");
        assertThat(refused("--xyzzyplugh"))
                .isEqualTo("unknown option --xyzzyplugh; packtrain prepare --help lists the options");
    }

    @Test
    void mistakesOfOptionsAndOfTheRecipeStandInOneReport() throws Exception {
        Path recipe = Files.writeString(dir.resolve("r.json"), "{\"max_length\": 1, \"pipeline_parallel_degree\": 2}");
        assertThat(refused("--recipe", recipe.toString(), "--zero_paddin", "--learning_rate=1", "--world_size=2"))
                .startsWith("5 problems:\n")
                .contains(
                        "did you mean --zero_padding?",
                        "--world_size is no option: the cluster says",
                        "--learning_rate is a key of train, run; prepare does not use it",
                        "max_length wants",
                        "pipeline_parallel_degree is not supported yet (pipelines come later; tensor_parallel_degree and sharding divide a model too), got 2; wanted it unset or 1");
    }

    @Test
    void aLeftOverArgumentIsNamed() throws Exception {
        Path recipe = Files.writeString(dir.resolve("r.json"), "{}");
        assertThat(refused(recipe.toString(), "more.json")).contains("unexpected argument more.json");
    }

    @Test
    void aRecipeGivenTwiceIsRefused() throws Exception {
        Path recipe = Files.writeString(dir.resolve("r.json"), "{}");
        assertThat(refused("--recipe", recipe.toString(), recipe.toString())).contains("a recipe is given twice");
    }

    @Test
    void anUnsupportedKeyAtItsNeutralValueIsAnOptionToo() {
        assertThat(prepare("--use_quick_lora", "false", "--pipeline_parallel_degree=1")
                        .flag("zero_padding"))
                .isFalse();
        assertThat(refused("--use_quick_lora"))
                .isEqualTo(
                        "--use_quick_lora: use_quick_lora is not supported yet, got \"true\"; wanted it unset or false");
    }
}
