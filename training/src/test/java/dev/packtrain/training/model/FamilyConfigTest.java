package dev.packtrain.training.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.model.AttentionConfig.Bias;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a {@code config.json} of each family means. */
class FamilyConfigTest {
    @TempDir
    Path dir;

    private DecoderConfig read(ModelFamily family, Map<String, String> entries) throws IOException {
        Path file = Files.writeString(
                dir.resolve("config.json"),
                """
                {"vocab_size": 100, "hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 3,
                 "num_attention_heads": 32}
                """);
        Map<String, String> overrides = new LinkedHashMap<>(entries);
        overrides.put("model_type", family.modelType());
        return DecoderConfig.read(file, overrides);
    }

    @Test
    void whatIsMissingIsTheFamilysDefaultInTransformers() throws IOException {
        assertThat(read(ModelFamily.LLAMA, Map.of()).attention())
                .isEqualTo(new AttentionConfig(32, 32, 2, Bias.NONE, false, List.of(0, 0, 0)));
        assertThat(read(ModelFamily.QWEN2, Map.of()).attention())
                .isEqualTo(new AttentionConfig(32, 32, 2, Bias.INPUT, false, List.of(0, 0, 0)));
        assertThat(read(ModelFamily.QWEN3, Map.of()).attention())
                .isEqualTo(new AttentionConfig(32, 32, 128, Bias.NONE, true, List.of(0, 0, 0)));
        assertThat(read(ModelFamily.MISTRAL, Map.of()).attention())
                .isEqualTo(new AttentionConfig(32, 8, 2, Bias.NONE, false, List.of(4096, 4096, 4096)));
        assertThat(read(ModelFamily.LLAMA, Map.of()).maxPositionEmbeddings()).isEqualTo(2048);
        assertThat(read(ModelFamily.QWEN2, Map.of()).maxPositionEmbeddings()).isEqualTo(32_768);
        assertThat(read(ModelFamily.MISTRAL, Map.of()).maxPositionEmbeddings()).isEqualTo(131_072);
    }

    @ParameterizedTest
    @EnumSource(ModelFamily.class)
    void nullAsksForAsManyKeysAndValuesAsQueries(ModelFamily family) throws IOException {
        assertThat(read(family, Map.of("num_key_value_heads", "null")).numKeyValueHeads())
                .isEqualTo(32);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "MISTRAL | {'sliding_window':7} | 7,7,7",
                "MISTRAL | {'sliding_window':null} | 0,0,0",
                "LLAMA | {'sliding_window':7} | 0,0,0",
                "QWEN2 | {'sliding_window':7} | 0,0,0",
                "QWEN2 | {'use_sliding_window':true,'sliding_window':7} | 0,0,0",
                "QWEN2 | {'use_sliding_window':true,'sliding_window':7,'max_window_layers':1} | 0,7,7",
                "QWEN3 | {'use_sliding_window':true,'max_window_layers':0} | 4096,4096,4096",
                "QWEN3 | {'use_sliding_window':true,'sliding_window':null,'max_window_layers':0} | 0,0,0",
                "QWEN3 | {'use_sliding_window':true,'sliding_window':5,'layer_types':['full_attention','sliding_attention','full_attention']} | 0,5,0",
                "QWEN3 | {'use_sliding_window':false,'sliding_window':5,'layer_types':['full_attention','full_attention','full_attention']} | 0,0,0",
            })
    void layersSlideAsTransformersHasIt(ModelFamily family, String entries, String windows) throws IOException {
        assertThat(read(family, entries(entries)).attention().windows())
                .map(String::valueOf)
                .containsExactly(windows.split(","));
    }

    @Test
    void biasesAreAsTheFamilyHasThem() throws IOException {
        Map<String, String> all = Map.of("attention_bias", "true");
        assertThat(read(ModelFamily.LLAMA, all).attention().bias()).isEqualTo(Bias.ALL);
        assertThat(read(ModelFamily.QWEN3, all).attention().bias()).isEqualTo(Bias.ALL);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "QWEN2   | {'attention_bias':true} | attention_bias is true, but in Qwen2 it is always",
                "MISTRAL | {'attention_bias':true} | attention_bias is true, but in Mistral it is always",
                "MISTRAL | {'layer_types':['full_attention']} | layer_types is [\"full_attention\"], but only absent",
                "MISTRAL | {'sliding_window':0} | sliding_window is 0, wanted a positive integer",
                "QWEN3   | {'layer_types':['full_attention']} | wanted a list of 3, one a layer",
                "QWEN3   | {'layer_types':['chunked_attention','a','b']} | layer_types is \"chunked_attention\", but only full_attention or",
                "QWEN3   | {'sliding_window':5,'layer_types':['full_attention','sliding_attention','full_attention']} | wanted full_attention only, as use_sliding_window",
                "QWEN2   | {'use_sliding_window':true,'sliding_window':null,'layer_types':['sliding_attention','full_attention','full_attention']} | wanted full_attention only, as use_sliding_window",
                "QWEN3   | {'use_sliding_window':1} | use_sliding_window is 1, wanted true or false",
            })
    void whatAFamilyDoesNotHaveIsRefusedByName(ModelFamily family, String entries, String problem) {
        assertThatThrownBy(() -> read(family, entries(entries)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(problem);
    }

    private static Map<String, String> entries(String json) throws IOException {
        Map<String, String> entries = new LinkedHashMap<>();
        ConfigValues.MAPPER
                .readTree(json.replace('\'', '"'))
                .properties()
                .forEach(entry -> entries.put(entry.getKey(), entry.getValue().toString()));
        return entries;
    }
}
