package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.attention.AttentionKernel;
import dev.packtrain.training.attention.FlashMaskCpuAttention;
import dev.packtrain.training.attention.ReferenceAttention;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.Goldens;
import dev.packtrain.training.model.Tensors;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.safetensors.SafetensorsFile;
import dev.packtrain.training.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Virtual tokens against peft 0.21, in both directions: docs/goldens/make_prompt_goldens.py. */
class PromptGoldenTest {
    private static final int STEPS = 20;

    @TempDir
    Path temp;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    private static Path adapter(String name) {
        return Goldens.directory("prompts/" + name);
    }

    private static SafetensorsFile golden(String name) {
        return SafetensorsFile.open(adapter(name).resolve("golden.safetensors"));
    }

    private static PackedSequence pack(String base) {
        try (SafetensorsFile golden = Goldens.open(base)) {
            return Goldens.pack(golden, 0);
        }
    }

    private static AdaptedModel load(Adapters adapters, String base, AttentionKernel kernel) {
        Path directory = Goldens.directory(base);
        DecoderConfig config = DecoderConfig.read(directory, Map.of());
        return adapters.load(new DecoderBuilder(config).attention(kernel), directory);
    }

    private static void assertLogits(Path adapter, String name, String base, AttentionKernel kernel) {
        TensorScope.run(() -> {
            try (AdaptedModel model = load(Adapters.read(AdapterDirectory.open(adapter)), base, kernel);
                    SafetensorsFile golden = golden(name)) {
                assertThat(Tensors.relativeError(model.decoder().logits(pack(base)), golden.read("logits")))
                        .isLessThan(1e-5);
            }
        });
    }

    @ParameterizedTest
    @CsvSource({
        "prompt, gqa_tied",
        "prompt_text, gqa_tied",
        "p_tuning_mlp, qwen2",
        "p_tuning_lstm, mha_untied",
        "prefix, gqa_tied",
        "prefix_projection, qwen3"
    })
    void adaptersOfPeftGiveItsLogits(String name, String base) {
        assertLogits(adapter(name), name, base, new ReferenceAttention());
        assertLogits(adapter(name), name, base, new FlashMaskCpuAttention());
    }

    @ParameterizedTest
    @CsvSource({
        "prompt, gqa_tied",
        "prompt_text, gqa_tied",
        "p_tuning_mlp, qwen2",
        "p_tuning_lstm, mha_untied",
        "prefix, gqa_tied",
        "prefix_projection, qwen3"
    })
    void twentyStepsHaveTheLossesOfPeft(String name, String base) throws Exception {
        AdapterDirectory directory = AdapterDirectory.open(adapter(name));
        PeftOptions options = new PeftOptions(
                directory.method().name(), Map.of(), directory.path().toString());
        List<Double> losses;
        try (AdaptedModel model = load(Adapters.of(options, 1), base, new ReferenceAttention())) {
            losses = TinyTraining.losses(model, pack(base), STEPS, temp);
        }
        double[] expected = new double[STEPS];
        try (SafetensorsFile golden = golden(name)) {
            TensorScope.run(() -> golden.read("losses").data_ptr_double().get(expected));
        }
        for (int step = 0; step < STEPS; step++) {
            assertThat(losses.get(step) / expected[step])
                    .as("step %d", step + 1)
                    .isCloseTo(1, within(1e-5));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "prompt, gqa_tied",
        "prompt_text, gqa_tied",
        "p_tuning_mlp, qwen2",
        "p_tuning_lstm, mha_untied",
        "prefix, gqa_tied",
        "prefix_projection, qwen3"
    })
    void whatIsWrittenIsWhatPeftHasLoaded(String name, String base) throws IOException {
        try (AdaptedModel model =
                load(Adapters.read(AdapterDirectory.open(adapter(name))), base, new ReferenceAttention())) {
            AdapterDirectory.write(temp, model.adapters(), Goldens.directory(base));
        }
        Path checked = adapter(name).resolve("ours");
        assertSameWeights(temp, checked);
        assertThat(config(temp)).isEqualTo(config(checked));
    }

    /** The same layout. What a network gives is rounded as the processor's own products round it, so its last bits may differ. */
    private static void assertSameWeights(Path dir, Path checked) throws IOException {
        assertThat(header(dir)).isEqualTo(header(checked));
        try (SafetensorsFile written = SafetensorsFile.open(dir.resolve(AdapterDirectory.WEIGHTS));
                SafetensorsFile golden = SafetensorsFile.open(checked.resolve(AdapterDirectory.WEIGHTS))) {
            TensorScope.run(() -> golden.tensors().keySet().forEach(name -> assertThat(
                            Tensors.relativeError(written.read(name), golden.read(name)))
                    .as(name)
                    .isLessThanOrEqualTo(1e-6)));
        }
    }

    /** Names, dtypes, shapes and places of the tensors. */
    private static String header(Path dir) throws IOException {
        byte[] file = Files.readAllBytes(dir.resolve(AdapterDirectory.WEIGHTS));
        long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
        return new String(file, Long.BYTES, Math.toIntExact(length), StandardCharsets.UTF_8);
    }

    /** Without paths of the base, which is another one everywhere. */
    private static JsonNode config(Path dir) throws IOException {
        JsonNode config = new ObjectMapper().readTree(Files.readString(dir.resolve(AdapterDirectory.CONFIG)));
        return ((ObjectNode) config).without(List.of("base_model_name_or_path", "tokenizer_name_or_path"));
    }

    /** PEFT saves what a network gives, and not the network. */
    @Test
    void withoutItsNetworkAnAdapterSaysTheSame() throws IOException {
        Path bare = Files.createDirectory(temp.resolve("bare"));
        Path full = adapter("prefix_projection");
        Files.copy(full.resolve(AdapterDirectory.CONFIG), bare.resolve(AdapterDirectory.CONFIG));
        try (SafetensorsFile file = SafetensorsFile.open(full.resolve(AdapterDirectory.WEIGHTS))) {
            assertThat(file.tensors().keySet()).hasSizeGreaterThan(1);
            TensorScope.run(() -> {
                Tensor embeddings = file.read(PromptEncoder.EMBEDDINGS);
                write(bare, Map.of(PromptEncoder.EMBEDDINGS, embeddings));
            });
        }
        assertLogits(bare, "prefix_projection", "qwen3", new ReferenceAttention());
    }

    private static void write(Path dir, Map<String, Tensor> tensors) {
        try {
            SafetensorsWriter.write(dir.resolve(AdapterDirectory.WEIGHTS), tensors, Map.of("format", "pt"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
