package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.Tensors;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against peft 0.21, in both directions: docs/goldens/make_lora_goldens.py. */
class LoraGoldenTest {
    private static final int STEPS = 20;

    @TempDir
    Path temp;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    @ParameterizedTest
    @CsvSource({"plain, gqa_tied", "rslora_plus, qwen2", "one_layer, mha_untied"})
    void adaptersOfPeftGiveItsLogits(String name, String base) {
        LoraGoldens goldens = new LoraGoldens(name, base);
        TensorScope.run(() -> {
            try (AdaptedModel model = goldens.load(goldens.read());
                    SafetensorsFile golden = goldens.golden()) {
                Tensor logits = model.decoder().logits(goldens.pack());
                assertThat(Tensors.relativeError(logits, golden.read("logits"))).isLessThan(1e-5);
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"plain, gqa_tied, 1", "rslora_plus, qwen2, 16", "one_layer, mha_untied, 1"})
    void twentyStepsHaveTheLossesOfPeft(String name, String base, double plusScale) throws Exception {
        LoraGoldens goldens = new LoraGoldens(name, base);
        PeftOptions options = new PeftOptions(
                "lora", Map.of("lora_plus_scale", plusScale), goldens.adapter().toString());
        assertLosses(goldens, Adapters.of(options, 1), temp);
    }

    /** Twenty steps have the losses of a case. */
    static void assertLosses(LoraGoldens goldens, Adapters adapters, Path temp) throws Exception {
        List<Double> losses;
        try (AdaptedModel model = goldens.load(adapters)) {
            losses = TinyTraining.losses(model, goldens.pack(), STEPS, temp);
        }
        double[] expected = new double[STEPS];
        try (SafetensorsFile golden = goldens.golden()) {
            TensorScope.run(() -> golden.read("losses").data_ptr_double().get(expected));
        }
        assertThat(losses).hasSize(STEPS);
        for (int step = 0; step < STEPS; step++) {
            assertThat(losses.get(step) / expected[step])
                    .as("step %d", step + 1)
                    .isCloseTo(1, within(1e-5));
        }
    }

    @ParameterizedTest
    @CsvSource({"plain, gqa_tied", "rslora_plus, qwen2", "one_layer, mha_untied"})
    void whatIsWrittenIsWhatPeftHasLoaded(String name, String base) throws IOException {
        LoraGoldens goldens = new LoraGoldens(name, base);
        try (AdaptedModel model = goldens.load(goldens.read());
                SafetensorsFile theirs = SafetensorsFile.open(goldens.adapter().resolve(AdapterDirectory.WEIGHTS))) {
            AdapterDirectory.write(temp, model.adapters(), goldens.baseDir());
            try (SafetensorsFile ours = SafetensorsFile.open(temp.resolve(AdapterDirectory.WEIGHTS))) {
                assertThat(ours.tensors().keySet())
                        .containsExactlyInAnyOrderElementsOf(theirs.tensors().keySet());
                for (String tensor : ours.tensors().keySet()) {
                    TensorScope.run(() -> assertThat(ours.read(tensor).equal(theirs.read(tensor)))
                            .as(tensor)
                            .isTrue());
                }
            }
        }
        Path checked = goldens.adapter().resolve("ours");
        assertThat(temp.resolve(AdapterDirectory.WEIGHTS))
                .hasSameBinaryContentAs(checked.resolve(AdapterDirectory.WEIGHTS));
        assertThat(config(temp)).isEqualTo(config(checked));
    }

    /** Without the base's path, which is another one everywhere. */
    private static JsonNode config(Path dir) throws IOException {
        JsonNode config = new ObjectMapper().readTree(Files.readString(dir.resolve(AdapterDirectory.CONFIG)));
        assertThat(config.has("base_model_name_or_path")).isTrue();
        return ((ObjectNode) config).without("base_model_name_or_path");
    }
}
