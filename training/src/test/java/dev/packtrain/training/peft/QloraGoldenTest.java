package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.Tensors;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.options.QuantizationOptions.Algorithm;
import dev.packtrain.training.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Adapters on a quantised base, against peft 0.21 on the numbers of one: docs/goldens/make_qlora_goldens.py. */
class QloraGoldenTest {
    @TempDir
    Path temp;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    private static QuantizationOptions options(Algorithm algorithm, boolean twice) {
        return new QuantizationOptions(algorithm, 4, twice, 16);
    }

    private static PeftGoldens goldens(String name, String base) {
        return new PeftGoldens("qlora/" + name, base);
    }

    @ParameterizedTest
    @CsvSource({"nf4_double, gqa_tied, NF4, true", "int4, qwen2, INT4, false", "int8, mha_untied, INT8, false"})
    void aQuantisedBaseGivesTheLogitsAndLossesOfPeftOnItsNumbers(
            String name, String base, Algorithm algorithm, boolean twice) throws Exception {
        PeftGoldens goldens = goldens(name, base);
        Optional<QuantizationOptions> quantization = Optional.of(options(algorithm, twice));
        TensorScope.run(() -> {
            try (AdaptedModel model =
                            goldens.load(Adapters.read(AdapterDirectory.open(goldens.adapter()), quantization));
                    AdaptedModel whole = goldens.load(goldens.read());
                    SafetensorsFile golden = goldens.golden()) {
                Tensor logits = model.decoder().logits(goldens.pack());
                assertThat(Tensors.relativeError(logits, golden.read("logits"))).isLessThan(1e-5);
                assertThat(Tensors.relativeError(whole.decoder().logits(goldens.pack()), logits))
                        .as("quantising changes something")
                        .isGreaterThan(1e-3);
            }
        });
        PeftOptions adapter =
                new PeftOptions("lora", Map.of(), goldens.adapter().toString());
        PeftGoldenTest.assertLosses(goldens, Adapters.of(adapter, 1, quantization), temp);
    }

    /** An adapter that was trained on a quantised base, with its base and what it says of that. */
    private Path trained(PeftGoldens goldens, QuantizationOptions options) throws IOException {
        Path adapter = Files.createDirectory(temp.resolve("adapter"));
        try (AdaptedModel model =
                goldens.load(Adapters.read(AdapterDirectory.open(goldens.adapter()), Optional.of(options)))) {
            AdapterDirectory.write(adapter, model.adapters(), goldens.baseDir());
        }
        return adapter;
    }

    @Test
    void anAdapterRemembersItsBaseAndIsMergedIntoThat() throws IOException {
        PeftGoldens goldens = goldens("nf4_double", "gqa_tied");
        QuantizationOptions options = options(Algorithm.NF4, true);
        Path adapter = trained(goldens, options);
        assertThat(AdapterDirectory.open(adapter).quantization()).contains(options);
        assertThat(AdapterDirectory.open(goldens.adapter()).quantization()).isEmpty();
        TensorScope.run(() -> {
            try (AdaptedModel generating = goldens.load(Adapters.read(AdapterDirectory.open(adapter)));
                    SafetensorsFile golden = goldens.golden()) {
                assertThat(Tensors.relativeError(generating.decoder().logits(goldens.pack()), golden.read("logits")))
                        .as("as generate opens it")
                        .isLessThan(1e-5);
            }
        });
        Path merged = Files.createDirectory(temp.resolve("merged"));
        try (AdapterMerge merge = AdapterMerge.open(adapter, Optional.empty())) {
            AdapterMerge.Quantized quantized = merge.write(merged).quantized().orElseThrow();
            assertThat(quantized.intoOriginal()).isFalse();
            assertThat(quantized.error()).isBetween(0.02, 0.15);
            assertThat(MergeCheck.run(merge, merged)).isLessThan(1e-5);
        }
        assertLogits(goldens, merged, 0, 1e-5);
    }

    @Test
    void intoTheOriginalWeightsItIsAnotherModelAndSaysHowFarOff() throws IOException {
        PeftGoldens goldens = goldens("nf4_double", "gqa_tied");
        Path adapter = trained(goldens, options(Algorithm.NF4, true));
        Path merged = Files.createDirectory(temp.resolve("merged"));
        try (AdapterMerge merge = AdapterMerge.open(adapter, Optional.empty(), true)) {
            AdapterMerge.Quantized quantized = merge.write(merged).quantized().orElseThrow();
            assertThat(quantized.intoOriginal()).isTrue();
            assertThat(quantized.errorOfChange()).isGreaterThan(0.01);
            assertThat(MergeCheck.run(merge, merged)).isLessThan(1e-5);
        }
        assertLogits(goldens, merged, 1e-3, 1);
    }

    private static void assertLogits(PeftGoldens goldens, Path merged, double least, double most) {
        TensorScope.run(() -> {
            try (Decoder plain = Decoder.load(merged, ScalarType.Float, ComputeDevice.CPU);
                    SafetensorsFile golden = goldens.golden()) {
                assertThat(Tensors.relativeError(plain.logits(goldens.pack()), golden.read("logits")))
                        .isBetween(least, most);
            }
        });
    }

    @Test
    void anotherQuantisationThanTheAdaptersIsRefused() throws IOException {
        PeftGoldens goldens = goldens("nf4_double", "gqa_tied");
        QuantizationOptions options = options(Algorithm.NF4, true);
        Path adapter = trained(goldens, options);
        BaseFingerprint.requireSame(adapter, goldens.baseDir(), Optional.of(options));
        for (Optional<QuantizationOptions> other :
                List.of(Optional.<QuantizationOptions>empty(), Optional.of(options(Algorithm.NF4, false)))) {
            assertThatThrownBy(() -> BaseFingerprint.requireSame(adapter, goldens.baseDir(), other))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("weight_quantize_algo nf4")
                    .hasMessageContaining("same weight_quantize_algo");
        }
    }

    @Test
    void withoutAdaptersAQuantisedBaseIsRefused() {
        assertThatThrownBy(() -> new ModelOptions(
                        "model", null, Map.of(), null, PeftOptions.NONE, 0, options(Algorithm.NF4, false)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("weight_quantize_algo is nf4");
    }
}
