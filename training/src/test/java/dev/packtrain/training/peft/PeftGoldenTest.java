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
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against peft 0.21, in both directions: docs/goldens/make_peft_goldens.py. */
class PeftGoldenTest {
    private static final int STEPS = 20;

    @TempDir
    Path temp;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    /**
     * A golden adapter and how a run goes on from it.
     *
     * @param settings of the recipe
     */
    private record Case(PeftGoldens goldens, String method, Map<String, Object> settings) {
        static Case of(String name, String base, String method, Map<String, Object> settings) {
            return new Case(new PeftGoldens(name, base), method, settings);
        }

        @Override
        public String toString() {
            return goldens.name();
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                Case.of("plain", "gqa_tied", "lora", Map.of()),
                Case.of("rslora_plus", "qwen2", "lora", Map.of("lora_plus_scale", 16.0)),
                Case.of("one_layer", "mha_untied", "lora", Map.of()),
                Case.of("dora", "qwen2", "lora", Map.of()),
                Case.of("lora_fa", "gqa_tied", "lora", Map.of("lora_fa", true)),
                Case.of("vera", "gqa_tied", "vera", Map.of()),
                Case.of("vera_saved", "qwen2", "vera", Map.of()),
                Case.of("ia3", "qwen2", "ia3", Map.of()),
                Case.of("lokr", "gqa_tied", "lokr", Map.of()),
                Case.of("lokr_both", "qwen2", "lokr", Map.of()),
                Case.of(
                        "adalora",
                        "gqa_tied",
                        "adalora",
                        Map.of("adalora_tinit", 3, "adalora_tfinal", 6, "adalora_delta_t", 2)),
                Case.of("loha", "gqa_tied", "loha", Map.of()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void adaptersOfPeftGiveItsLogits(Case golden) {
        PeftGoldens goldens = golden.goldens();
        TensorScope.run(() -> {
            try (AdaptedModel model = goldens.load(goldens.read());
                    SafetensorsFile file = goldens.golden()) {
                Tensor logits = model.decoder().logits(goldens.pack());
                assertThat(Tensors.relativeError(logits, file.read("logits"))).isLessThan(1e-5);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("cases")
    void twentyStepsHaveTheLossesOfPeft(Case golden) throws Exception {
        PeftGoldens goldens = golden.goldens();
        PeftOptions options = new PeftOptions(
                golden.method(), golden.settings(), goldens.adapter().toString());
        assertLosses(goldens, Adapters.of(options, 1), temp);
    }

    /** Singular vectors have no sign: AdamW does not see which one there is. */
    @Test
    void pissaBeginsAndGoesOnAsPeftDoes() throws Exception {
        PeftOptions options = new PeftOptions(
                "lora", Map.of("pissa", true, "pissa_full_svd", true, "lora_rank", 4, "lora_alpha", 6.0), null);
        assertLosses(new PeftGoldens("pissa", "gqa_tied"), Adapters.of(options, 1), temp);
    }

    /** Twenty steps have the losses of a case. */
    static void assertLosses(PeftGoldens goldens, Adapters adapters, Path temp) throws Exception {
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
    @MethodSource("cases")
    void whatIsWrittenIsWhatPeftHasLoaded(Case golden) throws IOException {
        PeftGoldens goldens = golden.goldens();
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
