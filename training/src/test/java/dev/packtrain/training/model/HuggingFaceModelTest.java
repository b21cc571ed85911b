package dev.packtrain.training.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.attention.ReferenceAttention;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.safetensors.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceModelTest {
    @TempDir
    Path dir;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    @ParameterizedTest
    @EnumSource(
            value = ScalarType.class,
            names = {"Float", "BFloat16"})
    void aSavedModelLoadsToTheSameLoss(ScalarType dtype) {
        PackedSequence pack = Packs.random(1, 97, 20, 9);
        TensorScope.run(() -> {
            try (Decoder model = Decoder.fromScratch(DecoderTest.TINY, 3, dtype, ComputeDevice.CPU)) {
                save(model, SpecialTokens.eos(96));
                try (Decoder loaded = Decoder.load(dir, dtype, ComputeDevice.CPU)) {
                    assertThat(loaded.evaluate(pack)).isEqualTo(model.evaluate(pack));
                }
            }
        });
        assertThat(SpecialTokens.read(dir)).isEqualTo(SpecialTokens.eos(96));
        assertThat(config().path("dtype").asText()).isEqualTo(dtype == ScalarType.Float ? "float32" : "bfloat16");
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama_biases", "qwen2", "qwen2_windows", "qwen3", "mistral"})
    void everyFamilyIsSavedAsItself(String name) throws IOException {
        TensorScope.run(() -> {
            try (Decoder model = Goldens.load(name);
                    SafetensorsFile golden = Goldens.open(name)) {
                save(model, SpecialTokens.eos(2));
                PackedSequence pack = Goldens.pack(golden, 0);
                try (Decoder loaded = new DecoderBuilder(DecoderConfig.read(dir, Map.of()))
                        .attention(new ReferenceAttention())
                        .load(dir)) {
                    assertThat(loaded.config().isSameAs(model.config())).isTrue();
                    assertThat(loaded.evaluate(pack)).isEqualTo(model.evaluate(pack));
                }
            }
        });
        JsonNode original = new ObjectMapper()
                .readTree(Goldens.directory(name).resolve("config.json").toFile());
        for (String key :
                List.of("architectures", "model_type", "sliding_window", "use_sliding_window", "layer_types")) {
            assertThat(config().path(key)).as(key).isEqualTo(original.path(key));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "linear | {'rope_type':'linear','factor':2.0}",
                "dynamic | {'rope_type':'dynamic','factor':2.0}",
                "yarn | {'rope_type':'yarn','factor':2.0,'original_max_position_embeddings':32,'beta_fast':32.0,'beta_slow':1.0,'truncate':false,'attention_factor':1.25}",
                "llama3 | {'rope_type':'llama3','factor':2.0,'original_max_position_embeddings':32,'low_freq_factor':1.0,'high_freq_factor':4.0}"
            })
    void scaledPositionsAreWrittenInBothSpellings(String type, String rope) throws IOException {
        JsonNode scaling = new ObjectMapper().readTree(rope.replace('\'', '"'));
        DecoderConfig original = DecoderConfig.read(
                Goldens.directory("mha_untied"), Map.of("rope_scaling", scaling.toString(), "rope_theta", "500.0"));
        Files.writeString(dir.resolve("config.json"), original.toJson("float32", SpecialTokens.eos(1)));

        assertThat(config().path("rope_scaling")).isEqualTo(scaling);
        assertThat(config().path("rope_theta").asDouble()).isEqualTo(500);
        assertThat(config().path("rope_parameters").path("rope_theta").asDouble())
                .isEqualTo(500);
        assertThat(config().path("rope_parameters").path("rope_type").asText()).isEqualTo(type);
        assertThat(DecoderConfig.read(dir, Map.of()).isSameAs(original)).isTrue();
    }

    @Test
    void ntkIsWrittenAsAnotherBaseWhichTransformersReads() throws IOException {
        DecoderConfig original = DecoderConfig.read(
                Goldens.directory("mha_untied"),
                Map.of("rope_scaling", "{\"rope_type\":\"ntk\",\"factor\":4.0}", "rope_theta", "500.0"));
        Files.writeString(dir.resolve("config.json"), original.toJson("float32", SpecialTokens.eos(1)));

        assertThat(config().has("rope_scaling")).isFalse();
        assertThat(config().path("rope_parameters").path("rope_type").asText()).isEqualTo("default");
        assertThat(config().path("rope_theta").asDouble()).isEqualTo(500 * Math.pow(4, 8 / 6.0));
        DecoderConfig saved = DecoderConfig.read(dir, Map.of());
        assertThat(saved.isSameAs(original)).isTrue();
        assertThat(saved.maxPositions()).isEqualTo(original.maxPositions()).isEqualTo(256);
    }

    @Test
    void keysUnknownHereAreKept() throws IOException {
        Path source = Goldens.directory("gqa_tied");
        String json = Files.readString(source.resolve("config.json")).replaceFirst("\\{", "{\"house_key\": [1, 2],");
        Files.writeString(dir.resolve("config.json"), json);
        Files.copy(source.resolve("model.safetensors"), dir.resolve("model.safetensors"));
        TensorScope.run(() -> {
            try (Decoder model = Decoder.load(dir, ScalarType.Float, ComputeDevice.CPU)) {
                save(model, new SpecialTokens(List.of(2, 7), 1, null));
            }
        });
        assertThat(config().path("house_key")).hasSize(2);
        assertThat(config().path("eos_token_id")).hasSize(2);
        assertThat(config().path("rope_parameters").path("rope_theta").asDouble())
                .isEqualTo(500);
        assertThat(SpecialTokens.read(dir)).isEqualTo(new SpecialTokens(List.of(2, 7), 1, null));
        DecoderConfig saved = DecoderConfig.read(dir, Map.of());
        DecoderConfig original = DecoderConfig.read(source, Map.of());
        assertThat(saved)
                .usingRecursiveComparison()
                .ignoringFields("sourceJson")
                .isEqualTo(original);
    }

    @Test
    void howTheModelWritesIsKeptWithTheTokenizersEndFirst() throws IOException {
        Files.writeString(
                dir.resolve("generation_config.json"),
                "{\"do_sample\": true, \"temperature\": 0.7, \"eos_token_id\": [5, 96], \"pad_token_id\": 5}");
        SpecialTokens tokens = new SpecialTokens(List.of(96), 1, null).withGenerationOf(dir);
        HuggingFaceModel.saveConfig(dir, DecoderTest.TINY, ScalarType.Float, tokens);

        assertThat(new ObjectMapper()
                        .readTree(dir.resolve("generation_config.json").toFile()))
                .isEqualTo(
                        new ObjectMapper()
                                .readTree(
                                        "{\"do_sample\": true, \"temperature\": 0.7, \"eos_token_id\": [96, 5], \"pad_token_id\": 5, \"bos_token_id\": 1}"));
        assertThat(config().path("eos_token_id").asInt()).isEqualTo(96);
    }

    @Test
    void whereNothingElseSaysWhatEndsATextTheConfigDoes() throws IOException {
        Files.writeString(dir.resolve("config.json"), "{\"eos_token_id\": [5, 96], \"vocab_size\": 97}");
        SpecialTokens tokens = SpecialTokens.eos(7).withGenerationOf(dir);
        HuggingFaceModel.saveGeneration(dir, tokens);

        assertThat(new ObjectMapper()
                        .readTree(dir.resolve("generation_config.json").toFile()))
                .isEqualTo(new ObjectMapper().readTree("{\"eos_token_id\": [7, 5, 96]}"));
    }

    @Test
    void aMissingWeightIsNamed() {
        TensorScope.run(() -> {
            try (Decoder model = Decoder.fromScratch(DecoderTest.TINY, 3, ScalarType.Float, ComputeDevice.CPU)) {
                List<Parameter> incomplete = model.parameters().subList(0, 5);
                saveParameters(model.config(), incomplete);
            }
        });
        assertRefused("lack 'model.layers.0.mlp.gate_proj.weight'");
    }

    @Test
    void aWeightThatNothingReadsIsNamed() {
        TensorScope.run(() -> {
            try (Decoder model = Decoder.fromScratch(DecoderTest.TINY, 3, ScalarType.Float, ComputeDevice.CPU)) {
                Parameter norm = model.parameters().get(9);
                Parameter bias = new Parameter("model.layers.0.self_attn.q_proj.bias", norm.tensor(), false);
                List<Parameter> more = new java.util.ArrayList<>(model.parameters());
                more.add(bias);
                saveParameters(model.config(), more);
            }
        });
        assertRefused("hold 'model.layers.0.self_attn.q_proj.bias'");
    }

    @Test
    void aTiedHeadMayBeRepeatedButIsNoOtherThanTheEmbedding() {
        TensorScope.run(() -> {
            DecoderConfig tied = TinyFamilies.all().findFirst().orElseThrow();
            try (Decoder model = Decoder.fromScratch(tied, 3, ScalarType.Float, ComputeDevice.CPU)) {
                Tensor embedding = model.parameters().get(0).tensor();
                saveWithHead(model, embedding.to(ScalarType.Double));
                Decoder.load(dir, ScalarType.Float, ComputeDevice.CPU).close();

                Tensor other = embedding.detach().clone();
                other.select(0, embedding.size(0) - 1).select(0, 0).add_(new Scalar(1e-6));
                saveWithHead(model, other);
                assertRefused("hold a 'lm_head.weight' that is not their 'model.embed_tokens.weight', but tie_word");
                saveWithHead(model, other.narrow(0, 0, 1));
                assertRefused("hold a 'lm_head.weight' that is not their");
            }
        });
    }

    private void saveWithHead(Decoder model, Tensor head) {
        List<Parameter> more = new java.util.ArrayList<>(model.parameters());
        more.add(new Parameter("lm_head.weight", head, false));
        saveParameters(model.config(), more);
    }

    private void assertRefused(String problem) {
        assertThatThrownBy(() -> Decoder.load(dir, ScalarType.Float, ComputeDevice.CPU))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(problem);
    }

    private JsonNode config() {
        try {
            return new ObjectMapper().readTree(Files.readAllBytes(dir.resolve("config.json")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void save(Decoder model, SpecialTokens tokens) {
        try {
            HuggingFaceModel.save(dir, model.config(), model.parameters(), tokens);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void saveParameters(DecoderConfig config, List<Parameter> parameters) {
        try {
            HuggingFaceModel.save(dir, config, parameters, SpecialTokens.eos(1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
