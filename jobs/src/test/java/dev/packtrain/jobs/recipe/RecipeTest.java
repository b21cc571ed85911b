package dev.packtrain.jobs.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.BadInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeTest {
    private static final Map<String, Object> PATHS =
            Map.of("dataset_name_or_path", "rows.jsonl", "tokenizer_name_or_path", "tok", "output_dir", "out");

    @TempDir
    Path dir;

    private static Recipe preparing() {
        return Recipe.of(PATHS);
    }

    private static String complaint(Recipe recipe, Command command) {
        BadInputException refused = catchThrowableOfType(BadInputException.class, () -> recipe.resolve(command));
        assertThat(refused).as("the recipe is refused").isNotNull();
        return refused.getMessage();
    }

    private Path file(String json) throws Exception {
        return Files.writeString(dir.resolve("recipe.json"), json);
    }

    @Test
    void anOptionBeatsTheFileAndTheFileBeatsTheDefault() throws Exception {
        Path file = file(
                """
                {"dataset_name_or_path": "rows.jsonl", "tokenizer_name_or_path": "tok", "output_dir": "out",
                 "max_length": 512, "packing_group_size": 64}
                """);

        Settings settings =
                Recipe.read(file).withOptions(Map.of("max_length", "256")).resolve(Command.PREPARE);

        assertThat(settings.number("max_length")).isEqualTo(256);
        assertThat(settings.number("packing_group_size")).isEqualTo(64);
        assertThat(settings.number("seed")).isEqualTo(42);
        assertThat(settings.isSet("packing_group_size")).isTrue();
        assertThat(settings.isSet("seed")).isFalse();
    }

    @Test
    void everyProblemStandsInOneReport() throws Exception {
        Path file = file(
                """
                {"max_lenght": 512, "max_length": "long", "use_quick_lora": true, "greedy_zero_padding": true,
                 "world_size": 4, "max_rejected": 1.5, "tokenizer_name_or_path": "tok"}
                """);

        String report = complaint(Recipe.read(file), Command.PREPARE);

        assertThat(report.lines().toList())
                .hasSize(9)
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("8 problems:"),
                        line -> assertThat(line).endsWith(file + ": unknown key max_lenght; did you mean max_length?"),
                        line -> assertThat(line)
                                .endsWith("max_length wants a whole number from 2 to 16777216, got \"long\""),
                        line -> assertThat(line)
                                .endsWith("use_quick_lora is not supported yet, got true; wanted it unset or false"),
                        line -> assertThat(line).contains("world_size is not a recipe key", "--num_processes"),
                        line -> assertThat(line).endsWith("max_rejected wants a number from 0 to 1, got 1.5"),
                        line -> assertThat(line).contains("dataset_name_or_path is missing"),
                        line -> assertThat(line).contains("output_dir is missing"),
                        line -> assertThat(line).contains("greedy_zero_padding is true but zero_padding is false"));
    }

    @Test
    void aRequiredKeyOfTheWrongTypeIsNotCalledMissingToo() {
        assertThat(complaint(preparing().with("output_dir", 5), Command.PREPARE))
                .isEqualTo("the recipe: output_dir wants text, got 5");
    }

    @Test
    void aRequiredKeyThatIsNullIsMissing() {
        assertThat(complaint(preparing().with("output_dir", null), Command.PREPARE))
                .isEqualTo("output_dir is missing; give --output_dir or set it in the recipe");
    }

    @ParameterizedTest
    @CsvSource({
        "max_lenght, max_length",
        "zero_pading, zero_padding",
        "learning-rate, learning_rate",
        "Seed, seed",
        "gradient_accumulation_step, gradient_accumulation_steps"
    })
    void anUnknownKeyNamesTheNearest(String typed, String meant) {
        assertThat(complaint(preparing().with(typed, 1), Command.PREPARE))
                .isEqualTo("the recipe: unknown key %s; did you mean %s?".formatted(typed, meant));
    }

    @Test
    void aNameLikeNoKeyPointsToTheHelp() {
        assertThat(complaint(preparing().with("colour_of_the_sky", 1), Command.PREPARE))
                .isEqualTo("the recipe: unknown key colour_of_the_sky; packtrain <command> --help lists the keys");
    }

    @ParameterizedTest
    @ValueSource(strings = {"world_size", "num_processes", "nproc_per_node", "nnodes", "data_parallel_degree"})
    void whatTheClusterDecidesIsExplained(String name) {
        assertThat(complaint(preparing().with(name, 2), Command.TRAIN))
                .contains(name + " is not a recipe key: the cluster says how many processes there are");
    }

    @ParameterizedTest
    @CsvSource({"rank, learns its rank", "local_rank, learns its rank", "gpus, resource scheduling"})
    void whatSparkDecidesIsExplained(String name, String reason) {
        assertThat(complaint(preparing().with(name, 2), Command.PREPARE)).contains(reason);
    }

    @Test
    void everyUnsupportedKeyIsAcceptedAtItsNeutralValues() {
        List<RecipeKey> unsupported =
                RecipeKeys.all().stream().filter(key -> !key.supported()).toList();
        assertThat(unsupported).hasSizeGreaterThan(100);
        for (RecipeKey key : unsupported) {
            for (Object neutral : key.neutral()) {
                Settings settings = preparing().with(key.name(), neutral).resolve(Command.PREPARE);
                assertThat(settings.has(key.name())).isFalse();
                preparing()
                        .withOptions(Map.of(key.name(), String.valueOf(neutral)))
                        .resolve(Command.PREPARE);
            }
            preparing().with(key.name(), null).resolve(Command.PREPARE);
        }
    }

    @Test
    void everyUnsupportedKeyIsRefusedOtherwise() {
        Map<String, Object> values = new LinkedHashMap<>(PATHS);
        List<RecipeKey> unsupported =
                RecipeKeys.all().stream().filter(key -> !key.supported()).toList();
        unsupported.forEach(key -> values.put(key.name(), "something"));

        String report = complaint(Recipe.of(values), Command.PREPARE);

        assertThat(report.lines()).hasSize(unsupported.size() + 1);
        unsupported.forEach(key -> assertThat(report)
                .containsPattern(": %s is not supported yet( \\([^\n]*\\))?, got".formatted(key.name())));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            max_length          | 1            | a whole number from 2 to 16777216
            max_length          | 2.5          | a whole number from 2 to 16777216
            max_length          | 99999999999  | a whole number from 2 to 16777216
            packing_group_size  | 0            | a whole number of at least 1
            seed                | seven        | a whole number
            max_rejected        | -0.1         | a number from 0 to 1
            max_rejected        | NaN          | a number from 0 to 1
            zero_padding        | yes          | true or false
            learning_rate       | 1e-           | a number of at least 0
            lr_scheduler_type   | cosinus      | one of linear, cosine, constant, constant_with_warmup
            report_to           | wandb        | one of tensorboard, none
            config_overrides    | hidden_size  | entries such as hidden_size=192,num_hidden_layers=4
            """)
    void wrongTypesAndRangesSayWhatIsWanted(String name, String given, String wanted) {
        assertThat(complaint(preparing().withOptions(Map.of(name, given)), Command.PREPARE))
                .isEqualTo("--%s: %s wants %s, got \"%s\"".formatted(name, name, wanted, given));
    }

    @Test
    void inAFileTextIsNoNumberAndNoFlag() {
        assertThat(complaint(preparing().with("max_length", "512"), Command.PREPARE))
                .contains("max_length wants a whole number from 2 to 16777216, got \"512\"");
        assertThat(complaint(preparing().with("zero_padding", "true"), Command.PREPARE))
                .contains("zero_padding wants true or false, got \"true\"");
    }

    @ParameterizedTest
    @CsvSource({"2048, 1024", "4096, 1024", "1024, 512", "512, 256", "2, 1"})
    void aSourceMayTakeHalfOfAShortPackUnlessSaidOtherwise(long maxLength, long srcLength) {
        assertThat(preparing()
                        .with("max_length", maxLength)
                        .resolve(Command.PREPARE)
                        .number("src_length"))
                .isEqualTo(srcLength);
        assertThat(preparing()
                        .with("max_length", 4096)
                        .with("src_length", 3000)
                        .resolve(Command.PREPARE)
                        .number("src_length"))
                .isEqualTo(3000);
    }

    @Test
    void contradictionsAreNamed() {
        assertThat(complaint(preparing().with("max_length", 64).with("src_length", 64), Command.PREPARE))
                .isEqualTo("src_length is 64 and max_length 64; wanted src_length below max_length, or no room is left"
                        + " for the target");
        assertThat(complaint(preparing().with("tgt_field", "src"), Command.PREPARE))
                .isEqualTo("src_field and tgt_field are both src; wanted two fields");
        assertThat(complaint(preparing(), Command.TRAIN)).contains("neither of model_name_or_path");
        Recipe both = preparing().with("config_name", "c.json").with("model_name_or_path", "m");
        assertThat(complaint(both, Command.TRAIN)).contains("wanted exactly one");
        Recipe train = preparing().with("config_name", "c.json");
        assertThat(complaint(train.with("max_steps", 0), Command.TRAIN)).contains("max_steps is 0");
        assertThat(complaint(
                        train.with("resume_from_checkpoint", true).with("overwrite_output_dir", true), Command.TRAIN))
                .contains("leave one of them out");
        assertThat(complaint(Recipe.of(Map.of("model_name_or_path", "m", "top_k", 5)), Command.GENERATE))
                .isEqualTo("top_k is set but do_sample is false; set do_sample to true, or leave top_k out");
        for (String name : List.of("temperature", "top_p")) {
            assertThat(complaint(
                            Recipe.of(Map.of("model_name_or_path", "m", "do_sample", true, name, 0)), Command.GENERATE))
                    .isEqualTo(name + " is 0; wanted more than 0, or do_sample false for the likeliest token");
        }
    }

    @Test
    void aByteOrderMarkIsNoMistake() throws Exception {
        assertThat(RecipeFile.read(file("\ufeff{\"seed\": 7}"))).containsEntry("seed", 7);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            {"a": 1, "a": 2}     | is no valid JSON at line 1
            {"max_length": }     | is no valid JSON at line 1, column 16:
            [1, 2]               | holds no JSON object
            {} {}                | is no valid JSON at line 1, column 4: something follows the JSON object
            {"seed": NaN}        | Non-standard token 'NaN'
            {/* 1 */ "seed": 1}  | maybe a (non-standard) comment?
            """)
    void aFileThatIsNoFlatObjectIsRefused(String json, String reason) throws Exception {
        Path file = file(json);
        assertThatThrownBy(() -> Recipe.read(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(reason)
                .message()
                .as("the reader's own settings")
                .doesNotContainIgnoringCase("enable");
    }

    @Test
    void anotherEncodingIsNamed() throws Exception {
        Path file = Files.write(dir.resolve("latin.json"), "{\"s\u00e9ed\": 1}".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> Recipe.read(file))
                .isInstanceOf(BadInputException.class)
                .hasMessage("cannot read the recipe %s (it is not in UTF-8); wanted a JSON file".formatted(file));
    }

    @Test
    void anEmptyOrMissingFileIsRefused() throws Exception {
        Path file = file("");
        assertThatThrownBy(() -> Recipe.read(file)).isInstanceOf(BadInputException.class);
        assertThatThrownBy(() -> Recipe.read(dir.resolve("none.json")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("it does not exist");
    }

    @Test
    void theRecipeAsWrittenResolvesToItself() throws Exception {
        Settings settings = preparing()
                .with("config_name", "c.json")
                .with("config_overrides", Map.of("hidden_size", 64))
                .with("learning_rate", 3e-4)
                .resolve(Command.TRAIN);

        Settings again = Recipe.read(file(settings.toJson())).resolve(Command.TRAIN);

        assertThat(again.toJson()).isEqualTo(settings.toJson());
        JsonNode json = new ObjectMapper().readTree(settings.toJson());
        assertThat(json.path("learning_rate").doubleValue()).isEqualTo(3e-4);
        assertThat(json.has("max_length")).as("train does not use it").isFalse();
    }
}
