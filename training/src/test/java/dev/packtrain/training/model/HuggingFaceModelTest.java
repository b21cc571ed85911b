package dev.packtrain.training.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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
            try (Llama model = Llama.fromScratch(LlamaTest.TINY, 3, dtype, ComputeDevice.CPU)) {
                save(model, SpecialTokens.eos(96));
                try (Llama loaded = Llama.load(dir, dtype, ComputeDevice.CPU)) {
                    assertThat(loaded.evaluate(pack)).isEqualTo(model.evaluate(pack));
                }
            }
        });
        assertThat(SpecialTokens.read(dir)).isEqualTo(SpecialTokens.eos(96));
        assertThat(config().path("dtype").asText()).isEqualTo(dtype == ScalarType.Float ? "float32" : "bfloat16");
    }

    @Test
    void keysUnknownHereAreKept() throws IOException {
        Path source = Goldens.directory("gqa_tied");
        String json = Files.readString(source.resolve("config.json")).replaceFirst("\\{", "{\"house_key\": [1, 2],");
        Files.writeString(dir.resolve("config.json"), json);
        Files.copy(source.resolve("model.safetensors"), dir.resolve("model.safetensors"));
        TensorScope.run(() -> {
            try (Llama model = Llama.load(dir, ScalarType.Float, ComputeDevice.CPU)) {
                save(model, new SpecialTokens(List.of(2, 7), 1, null));
            }
        });
        assertThat(config().path("house_key")).hasSize(2);
        assertThat(config().path("eos_token_id")).hasSize(2);
        assertThat(config().path("rope_parameters").path("rope_theta").asDouble())
                .isEqualTo(500);
        assertThat(SpecialTokens.read(dir)).isEqualTo(new SpecialTokens(List.of(2, 7), 1, null));
        LlamaConfig saved = LlamaConfig.read(dir, Map.of());
        LlamaConfig original = LlamaConfig.read(source, Map.of());
        assertThat(saved)
                .usingRecursiveComparison()
                .ignoringFields("sourceJson")
                .isEqualTo(original);
    }

    @Test
    void aMissingWeightIsNamed() {
        TensorScope.run(() -> {
            try (Llama model = Llama.fromScratch(LlamaTest.TINY, 3, ScalarType.Float, ComputeDevice.CPU)) {
                List<Parameter> incomplete = model.parameters().subList(0, 5);
                saveParameters(model.config(), incomplete);
            }
        });
        assertRefused("lack 'model.layers.0.mlp.gate_proj.weight'");
    }

    @Test
    void aWeightThatNothingReadsIsNamed() {
        TensorScope.run(() -> {
            try (Llama model = Llama.fromScratch(LlamaTest.TINY, 3, ScalarType.Float, ComputeDevice.CPU)) {
                Parameter norm = model.parameters().get(9);
                Parameter bias = new Parameter("model.layers.0.self_attn.q_proj.bias", norm.tensor(), false);
                List<Parameter> more = new java.util.ArrayList<>(model.parameters());
                more.add(bias);
                saveParameters(model.config(), more);
            }
        });
        assertRefused("hold 'model.layers.0.self_attn.q_proj.bias'");
    }

    private void assertRefused(String problem) {
        assertThatThrownBy(() -> Llama.load(dir, ScalarType.Float, ComputeDevice.CPU))
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

    private void save(Llama model, SpecialTokens tokens) {
        try {
            HuggingFaceModel.save(dir, model.config(), model.parameters(), tokens);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void saveParameters(LlamaConfig config, List<Parameter> parameters) {
        try {
            HuggingFaceModel.save(dir, config, parameters, SpecialTokens.eos(1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
