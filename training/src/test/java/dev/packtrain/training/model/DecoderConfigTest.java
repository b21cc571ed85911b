package dev.packtrain.training.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DecoderConfigTest {
    private static final String MINIMAL =
            "{'model_type':'llama','vocab_size':100,'hidden_size':32,'intermediate_size':64,'num_hidden_layers':2,'num_attention_heads':4}";

    @TempDir
    Path dir;

    @Test
    void whatIsMissingIsTransformersDefault() throws IOException {
        DecoderConfig config = DecoderConfig.read(write(MINIMAL), Map.of());
        assertThat(config)
                .isEqualTo(new DecoderConfig(
                        100, 32, 64, 2, 4, 4, 8, 1e-6, 10_000, false, 2048, 0.02, config.sourceJson()));
    }

    @Test
    void bothSpellingsOfRopeAreRead() throws IOException {
        Path file = write(MINIMAL);
        assertThat(DecoderConfig.read(file, Map.of("rope_theta", "500000.0"))
                        .rope()
                        .theta())
                .isEqualTo(500_000);
        assertThat(DecoderConfig.read(file, Map.of("rope_parameters", "{\"rope_type\":\"default\",\"rope_theta\":7.5}"))
                        .rope()
                        .theta())
                .isEqualTo(7.5);
    }

    @Test
    void overridesReplaceEntriesOfADirectorysConfig() throws IOException {
        write(MINIMAL);
        DecoderConfig config = DecoderConfig.read(dir, Map.of("num_hidden_layers", "3", "tie_word_embeddings", "true"));
        assertThat(config.numHiddenLayers()).isEqualTo(3);
        assertThat(config.tieWordEmbeddings()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model_type | gpt2 | model_type is gpt2, but only one of llama, qwen2, qwen3, mistral is supported",
                "hidden_act | gelu | hidden_act is gelu",
                "mlp_bias | true | mlp_bias is true",
                "attention_bias | 1 | attention_bias is 1, wanted true or false",
                "rope_scaling | {\"type\":\"longrope\"} | rope_scaling.rope_type is longrope, but only one of default, linear, ntk",
                "rope_scaling | 3 | rope_scaling is 3, wanted an object",
                "rope_scaling | {\"type\":\"linear\",\"factor\":0.5} | rope_scaling.factor is 0.5, wanted a number of at least 1",
                "rope_scaling | {\"type\":\"linear\",\"factor\":2,\"beta_fast\":3} | rope_scaling.beta_fast is 3, but only absent",
                "rope_parameters | {\"rope_type\":\"llama3\",\"factor\":8} | rope_parameters.low_freq_factor is missing, wanted a positive",
                "rope_parameters | {\"rope_type\":\"llama3\",\"factor\":8,\"low_freq_factor\":4,\"high_freq_factor\":4} | a number below high_freq_factor",
                "rope_parameters | {\"full_attention\":{\"rope_type\":\"default\"}} | rope_parameters.full_attention is",
                "rope_parameters | {\"partial_rotary_factor\":0.5} | rope_parameters.partial_rotary_factor is 0.5",
                "partial_rotary_factor | 0.5 | partial_rotary_factor is 0.5, but only 1.0",
                "rope_scaling | {\"type\":\"yarn\",\"factor\":null,\"original_max_position_embeddings\":4096} | rope_scaling.factor is null, wanted a number of at least 1 (its default, max_position_embeddings / original_max_position_embeddings, is 0.5)",
                "quantization_config | {} | quantization_config is set",
                "num_key_value_heads | 3 | a divisor of num_attention_heads",
                "head_dim | 7 | an even number",
                "vocab_size | 0 | a positive integer",
                "hidden_size | 1.5 | a positive integer",
                "num_hidden_layers | \"two\" | a positive integer",
                "rope_theta | 0 | a positive number",
                "rms_norm_eps | -1 | at least 0",
                "tie_word_embeddings | 1 | true or false"
            })
    void whatIsNotSupportedIsRefusedByName(String key, String value, String problem) throws IOException {
        Path file = write(MINIMAL);
        assertThatThrownBy(() -> DecoderConfig.read(file, Map.of(key, value)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(problem)
                .hasMessageContaining(file.toString());
    }

    @ParameterizedTest
    @CsvSource({"true, true", "false, false", "null, false"})
    void theRampOfYarnIsTruncatedUnlessTheKeySaysFalseOrNull(String given, boolean truncated) throws IOException {
        String yarn = "{\"rope_type\":\"yarn\",\"factor\":2.0%s}";
        Path file = write(MINIMAL);
        assertThat(DecoderConfig.read(file, Map.of("rope_scaling", yarn.formatted(",\"truncate\":" + given)))
                        .rope()
                        .scaling())
                .extracting("truncate")
                .isEqualTo(truncated);
        assertThat(DecoderConfig.read(file, Map.of("rope_scaling", yarn.formatted("")))
                        .rope()
                        .scaling())
                .extracting("truncate")
                .isEqualTo(true);
    }

    /** transformers 5.17 takes 10,000 in the first two, whatever rope_parameters says. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "refused",
            value = {
                "{'rope_type':'linear','factor':2} | 500000 | null | refused",
                "{'rope_type':'linear','factor':2} | 10000 | null | 10000",
                "{'rope_type':'linear','factor':2} | 500000 | 700000 | 700000",
                "{'rope_type':'linear','factor':2,'rope_theta':300000} | 500000 | null | 300000",
                "{} | 500000 | 700000 | 500000",
            })
    void besideRopeScalingNobodyReadsTheBaseOfRopeParameters(String scaling, String inNew, String outside, Double theta)
            throws IOException {
        Path file = write(MINIMAL);
        Map<String, String> entries = Map.of(
                "rope_scaling", scaling.replace('\'', '"'),
                "rope_parameters", "{\"rope_type\":\"default\",\"rope_theta\":%s}".formatted(inNew),
                "rope_theta", outside);
        if (theta == null) {
            assertThatThrownBy(() -> DecoderConfig.read(file, entries))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("rope_parameters.rope_theta is 500000, wanted it in rope_scaling");
            return;
        }
        assertThat(DecoderConfig.read(file, entries).rope().theta()).isEqualTo(theta);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dynamic", "ntk"})
    void aHeadOfOnePairHasNoOtherBase(String type) throws IOException {
        Path file = write(MINIMAL);
        Map<String, String> entries =
                Map.of("head_dim", "2", "rope_scaling", "{\"rope_type\":\"%s\",\"factor\":2}".formatted(type));
        assertThatThrownBy(() -> DecoderConfig.read(file, entries))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("head_dim is 2, wanted at least 4 with the rope_type " + type);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ | is not valid JSON",
                "[] | is not a JSON object",
                "{'model_type':'llama'} | is missing, wanted a positive integer"
            })
    void brokenFilesAreRefused(String json, String problem) throws IOException {
        Path file = write(json);
        assertThatThrownBy(() -> DecoderConfig.read(file, Map.of()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void aMissingFileIsRefused() {
        assertThatThrownBy(() -> DecoderConfig.read(dir, Map.of()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("There is no model configuration");
    }

    private Path write(String json) throws IOException {
        return Files.writeString(dir.resolve("config.json"), json.replace('\'', '"'));
    }

    @Test
    void whatDiffersIsNamedAlone() {
        DecoderConfig one = DecoderConfig.read(Goldens.directory("mha_untied"), Map.of());
        DecoderConfig other = DecoderConfig.read(
                Goldens.directory("mha_untied"), Map.of("intermediate_size", "77", "rope_theta", "600.0"));
        assertThat(one.differencesFrom(one)).isEmpty();
        assertThat(one.differencesFrom(other))
                .isEqualTo("intermediate_size %d against 77, theta %s against 600.0"
                        .formatted(one.intermediateSize(), one.rope().theta()));
    }

    @Test
    void anOverrideHasItsEffectOrIsRefused() {
        Map<String, String> theta = Map.of("rope_theta", "600.0");
        assertThat(DecoderConfig.read(Goldens.directory("mha_untied"), theta)
                        .rope()
                        .theta())
                .isEqualTo(600);
        assertThatThrownBy(() -> DecoderConfig.read(Goldens.directory("mha_untied"), Map.of("num_hiden_layers", "1")))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("config_overrides has num_hiden_layers, from which no model is built; wanted")
                .hasMessageContaining(" num_hidden_layers,");
    }
}
