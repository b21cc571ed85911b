package dev.packtrain.training.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One Llama with every scaling of its positions, against transformers: {@code docs/goldens/make_decoder_goldens.py}. */
class RopeGoldenTest {
    private static final double TOLERANCE = 1e-5;
    private static final List<String> GRADIENTS =
            List.of("model.layers.0.self_attn.q_proj.weight", "model.layers.0.self_attn.k_proj.weight");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path dir;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"linear", "ntk", "dynamic", "yarn", "yarn_options", "llama3"})
    void logitsLossAndGradientsMatch(String kind) throws IOException {
        Path source = modelWith(kind);
        TensorScope.run(() -> {
            try (SafetensorsFile golden = Goldens.open("rope_scaling");
                    Decoder model = Decoder.load(source, ScalarType.Float, ComputeDevice.CPU)) {
                assertThat(model.config().rope().scaling().type()).isEqualTo(kind.replace("_options", ""));
                PackedSequence pack = Goldens.pack(golden, 3);
                assertThat(Tensors.relativeError(model.logits(pack), golden.read(kind + ".logits")))
                        .isLessThan(TOLERANCE);
                double expected = golden.read(kind + ".loss_sum").item_double();
                LossSum evaluated = model.evaluate(pack);
                assertThat(Math.abs(evaluated.sum() - expected) / expected).isLessThan(TOLERANCE);

                model.forwardBackward(pack, 1.0 / evaluated.numLabelTokens());
                for (String name : GRADIENTS) {
                    assertThat(Tensors.relativeError(grad(model, name), golden.read(kind + ".grad." + name)))
                            .as(name)
                            .isLessThan(TOLERANCE);
                }
            }
        });
    }

    private static Tensor grad(Decoder model, String name) {
        return model.parameters().stream()
                .filter(parameter -> parameter.name().equals(name))
                .findFirst()
                .orElseThrow()
                .tensor()
                .grad();
    }

    /** The plain model's weights with other entries in its configuration. */
    private Path modelWith(String kind) throws IOException {
        Path plain = Goldens.directory("mha_untied");
        ObjectNode config =
                (ObjectNode) JSON.readTree(plain.resolve("config.json").toFile());
        JsonNode changes = JSON.readTree(Goldens.directory("rope_scaling")
                        .resolve("configs.json")
                        .toFile())
                .get(kind);
        changes.properties().forEach(change -> config.set(change.getKey(), change.getValue()));
        Files.writeString(dir.resolve("config.json"), config.toString());
        Files.copy(plain.resolve("model.safetensors"), dir.resolve("model.safetensors"));
        return dir;
    }
}
