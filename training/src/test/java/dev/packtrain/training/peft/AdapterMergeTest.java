package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.checkpoint.Durable;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.Tensors;
import dev.packtrain.training.safetensors.SafetensorsFile;
import dev.packtrain.training.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdapterMergeTest {
    private static final PeftGoldens GOLDENS = new PeftGoldens("plain", "gqa_tied");

    @TempDir
    Path temp;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    @ParameterizedTest
    @CsvSource({"plain, gqa_tied, 14", "rslora_plus, qwen2, 4", "one_layer, mha_untied, 7"})
    void mergedIsAdapted(String name, String base, int numMerged) throws IOException {
        PeftGoldens goldens = new PeftGoldens(name, base);
        Path merged = Files.createDirectory(temp.resolve("merged"));
        try (AdapterMerge merge = AdapterMerge.open(goldens.adapter(), Optional.of(goldens.baseDir()))) {
            AdapterMerge.Result result = merge.write(merged);
            assertThat(result.numMerged()).isEqualTo(numMerged);
            assertThat(result.lostShare()).isZero();
            assertThat(MergeCheck.run(merge, merged)).isLessThan(1e-5);
            assertThatThrownBy(() -> MergeCheck.run(merge, goldens.baseDir()))
                    .as("the base itself is not what the adapter makes of it")
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("differs");
        }
        assertThat(merged.resolve("config.json"))
                .hasSameTextualContentAs(goldens.baseDir().resolve("config.json"));
        TensorScope.run(() -> {
            try (Decoder plain = Decoder.load(merged, ScalarType.Float, ComputeDevice.CPU);
                    SafetensorsFile golden = goldens.golden()) {
                assertThat(Tensors.relativeError(plain.logits(goldens.pack()), golden.read("logits")))
                        .isLessThan(1e-5);
            }
        });
    }

    @Test
    void theMergedModelEndsATextAsTheAdapterDoes() throws IOException {
        Path base = copyOfBase();
        Files.writeString(base.resolve("generation_config.json"), "{\"eos_token_id\": 2}");
        Path adapter = temp.resolve("adapter");
        copy(GOLDENS.adapter(), adapter);
        Path merged = Files.createDirectory(temp.resolve("merged"));
        Files.writeString(adapter.resolve("generation_config.json"), "{\"eos_token_id\": [5, 2]}");
        try (AdapterMerge merge = AdapterMerge.open(adapter, Optional.of(base))) {
            merge.write(merged);
        }
        assertThat(merged.resolve("generation_config.json")).hasContent("{\"eos_token_id\": [5, 2]}");
    }

    @Test
    void weightsThatTheBaseDoesNotReadStayBehind() throws IOException {
        Path base = copyOfBase();
        Files.copy(base.resolve("model.safetensors"), base.resolve("consolidated.safetensors"));
        Path merged = Files.createDirectory(temp.resolve("merged"));
        try (AdapterMerge merge = AdapterMerge.open(GOLDENS.adapter(), Optional.of(base))) {
            merge.write(merged);
        }
        assertThat(merged.resolve("model.safetensors")).exists();
        assertThat(merged.resolve("consolidated.safetensors")).doesNotExist();
    }

    @Test
    void aBaseInBf16KeepsItsDtypeAndTheLossOfRoundingIsSaid() throws IOException {
        Path base = copyOfBase();
        rewrite(base.resolve("model.safetensors"), (name, tensor) -> tensor.to(ScalarType.BFloat16));
        Path merged = Files.createDirectory(temp.resolve("merged"));
        try (AdapterMerge merge = AdapterMerge.open(GOLDENS.adapter(), Optional.of(base))) {
            assertThat(merge.write(merged).lostShare()).isBetween(1e-4, 0.1);
            assertThat(MergeCheck.run(merge, merged)).isLessThan(5e-2);
        }
        try (SafetensorsFile file = SafetensorsFile.open(merged.resolve("model.safetensors"))) {
            assertThat(file.tensors().values())
                    .allMatch(entry -> entry.dtype().name().equals("BF16"));
        }
    }

    @Test
    void anotherBaseThanTheAdaptersIsRefused() throws IOException {
        Path base = copyOfBase();
        Path adapter = Files.createDirectory(temp.resolve("adapter"));
        try (AdaptedModel model = GOLDENS.load(GOLDENS.read())) {
            AdapterDirectory.write(adapter, model.adapters(), base);
        }
        AdapterMerge.open(adapter, Optional.empty()).close();
        rewrite(
                base.resolve("model.safetensors"),
                (name, tensor) -> name.contains("norm") ? tensor.add(new Scalar(1e-3)) : tensor);
        assertThatThrownBy(() -> AdapterMerge.open(adapter, Optional.empty()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("trained on another base model");
    }

    @Test
    void aBaseOfAnotherShapeIsRefused() throws IOException {
        Path merged = Files.createDirectory(temp.resolve("merged"));
        Path other = new PeftGoldens("plain", "mha_untied").baseDir();
        try (AdapterMerge merge = AdapterMerge.open(GOLDENS.adapter(), Optional.of(other))) {
            assertThatThrownBy(() -> merge.write(merged))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("is for a weight of");
        }
    }

    @Test
    void whatCannotBeUsedIsRefusedByName() throws IOException {
        assertRefused("\"lora_bias\": false", "\"lora_bias\": true", "lora_bias");
        assertRefused("\"bias\": \"none\"", "\"bias\": \"all\"", "bias");
        assertRefused("\"rank_pattern\": {}", "\"rank_pattern\": {\"q_proj\": 2}", "rank_pattern");
        assertRefused("\"init_lora_weights\": false", "\"init_lora_weights\": \"pissa\"", "pissa");
        assertRefused("\"peft_type\": \"LORA\"", "\"peft_type\": \"OFT\"", "type OFT");
    }

    private void assertRefused(String from, String to, String named) throws IOException {
        Path adapter = temp.resolve("refused-" + named.hashCode());
        copy(GOLDENS.adapter(), adapter);
        Path config = adapter.resolve(AdapterDirectory.CONFIG);
        String text = Files.readString(config);
        assertThat(text).contains(from);
        Files.writeString(config, text.replace(from, to));
        assertThatThrownBy(() -> AdapterMerge.open(adapter, Optional.of(GOLDENS.baseDir())))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(named);
    }

    private Path copyOfBase() throws IOException {
        Path base = temp.resolve("base");
        copy(GOLDENS.baseDir(), base);
        return base;
    }

    /** Files alone; a golden directory holds what is recorded too. */
    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith("golden.safetensors"))
                    .toList()) {
                Files.copy(file, to.resolve(file.getFileName().toString()));
            }
        }
        Durable.sync(to);
    }

    private interface Change {
        Tensor of(String name, Tensor tensor);
    }

    private static void rewrite(Path weights, Change change) throws IOException {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            try (SafetensorsFile file = SafetensorsFile.open(weights)) {
                file.tensors().keySet().forEach(name -> tensors.put(name, change.of(name, file.read(name))));
            }
            SafetensorsWriter.write(weights, tensors, Map.of("format", "pt"));
        }
    }
}
