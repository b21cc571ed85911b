package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.LossSum;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.Tensors;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.options.QuantizationOptions.Algorithm;
import dev.packtrain.training.quantize.QuantizedWeights;
import dev.packtrain.training.safetensors.SafetensorsFile;
import dev.packtrain.training.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every method trains on a quantised base as on a plain one with the same numbers: loss and all gradients. */
class QloraMethodsTest {
    private static final PeftGoldens GOLDENS = new PeftGoldens("plain", "gqa_tied");
    private static final QuantizationOptions NF4 = new QuantizationOptions(Algorithm.NF4, 8, true, 16);

    @TempDir
    Path temp;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    /** Methods, and flags that make another one of LoRA. */
    static Stream<Arguments> methods() {
        return Stream.concat(
                PeftMethods.all().stream().map(method -> Arguments.of(method.name(), "")),
                Stream.of("use_dora", "lora_fa", "use_mora", "lora_use_mixer").map(flag -> Arguments.of("lora", flag)));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void aQuantisedBaseIsAsAPlainOneOfItsNumbers(String method, String flag) throws IOException {
        Path numbers = numbers();
        PeftOptions options = new PeftOptions(method, flag.isEmpty() ? settings(method) : Map.of(flag, true), null);
        TensorScope.run(() -> {
            try (AdaptedModel quantised = load(Adapters.of(options, 3, Optional.of(NF4)), GOLDENS.baseDir());
                    AdaptedModel plain = load(Adapters.of(options, 3), numbers)) {
                LossSum loss = quantised.forwardBackward(GOLDENS.pack(), 0.1);
                LossSum wanted = plain.forwardBackward(GOLDENS.pack(), 0.1);
                assertThat(loss.sum() / wanted.sum()).isCloseTo(1, within(1e-6));
                List<Parameter> trained = quantised.parameters();
                List<Parameter> expected = plain.parameters();
                assertThat(trained).hasSameSizeAs(expected).isNotEmpty();
                boolean any = false;
                for (int i = 0; i < trained.size(); i++) {
                    Tensor gradient = trained.get(i).tensor().grad();
                    Tensor other = expected.get(i).tensor().grad();
                    assertThat(gradient.defined()).isEqualTo(other.defined());
                    if (other.defined() && other.abs().max().item_double() > 1e-6) {
                        any = true;
                        assertThat(Tensors.relativeError(gradient, other))
                                .as(trained.get(i).name())
                                .isLessThan(1e-4);
                    }
                }
                assertThat(any).as("something has a gradient").isTrue();
            }
        });
    }

    @Test
    void whatWouldChangeTheBaseIsRefused() {
        PeftOptions pissa = new PeftOptions("lora", Map.of("pissa", true), null);
        assertThatThrownBy(() -> load(Adapters.of(pissa, 3, Optional.of(NF4)), GOLDENS.baseDir()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("pissa");
    }

    /** The golden models have no more than 64 positions. */
    private static Map<String, Object> settings(String method) {
        String tokens = "num_prefix_tokens";
        boolean virtual = PeftMethods.named(method).keys().stream()
                .anyMatch(key -> key.name().equals(tokens));
        return virtual ? Map.of(tokens, 4) : Map.of();
    }

    private static AdaptedModel load(Adapters adapters, Path base) {
        return adapters.load(new DecoderBuilder(DecoderConfig.read(base, Map.of())), base);
    }

    /** The base with what its codes stand for in place of its matrices. */
    private Path numbers() throws IOException {
        Path dir = Files.createDirectory(temp.resolve("numbers"));
        Files.copy(GOLDENS.baseDir().resolve("config.json"), dir.resolve("config.json"));
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try (PointerScope scope = new PointerScope();
                SafetensorsFile file = SafetensorsFile.open(GOLDENS.baseDir().resolve("model.safetensors"))) {
            for (String name : file.tensors().keySet()) {
                Tensor tensor = file.read(name);
                boolean linear = name.contains(".layers.") && tensor.dim() == 2;
                tensors.put(name, linear ? QuantizedWeights.roundTrip(NF4, tensor) : tensor);
            }
            SafetensorsWriter.write(dir.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
        }
        return dir;
    }
}
