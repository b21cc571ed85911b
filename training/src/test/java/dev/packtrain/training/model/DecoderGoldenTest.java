package dev.packtrain.training.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.attention.AttentionKernel;
import dev.packtrain.training.attention.FlashMaskCpuAttention;
import dev.packtrain.training.attention.ReferenceAttention;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.safetensors.SafetensorsFile;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Logits, loss and gradients of transformers' models of every family, made by {@code docs/goldens/make_decoder_goldens.py}. */
class DecoderGoldenTest {
    private static final double TOLERANCE = 1e-5;
    /** Roundings of 2⁻⁸ add up, most in a key's bias, whose gradient nearly cancels: a softmax sees no common shift. */
    private static final double BF16_TOLERANCE = 0.1;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama_biases", "qwen2", "qwen2_windows", "qwen3", "mistral"})
    void bf16GradientsAreThoseOfFp32ToItsPrecision(String name) {
        TensorScope.run(() -> {
            try (SafetensorsFile golden = Goldens.open(name);
                    Decoder model = Goldens.load(name, ScalarType.BFloat16, new FlashMaskCpuAttention())) {
                PackedSequence pack = Goldens.pack(golden, 3);
                model.forwardBackward(pack, 1.0 / model.evaluate(pack).numLabelTokens());
                for (Parameter parameter : model.parameters()) {
                    Tensor grad = parameter.tensor().grad().to(ScalarType.Float);
                    assertThat(Tensors.relativeError(grad, golden.read("grad." + parameter.name())))
                            .as(parameter.name())
                            .isLessThan(BF16_TOLERANCE);
                }
            }
        });
    }

    static Stream<Arguments> modelsAndKernels() {
        return Stream.of(
                        "gqa_tied",
                        "mqa_untied",
                        "mha_untied",
                        "llama_biases",
                        "qwen2",
                        "qwen2_windows",
                        "qwen3",
                        "mistral")
                .flatMap(name -> Stream.of(new ReferenceAttention(), new FlashMaskCpuAttention())
                        .map(kernel -> Arguments.of(name, kernel)));
    }

    @ParameterizedTest
    @MethodSource("modelsAndKernels")
    void logitsLossAndGradientsMatch(String name, AttentionKernel attention) {
        TensorScope.run(() -> {
            try (SafetensorsFile golden = Goldens.open(name);
                    Decoder model = Goldens.load(name, ScalarType.Float, attention)) {
                PackedSequence pack = Goldens.pack(golden, 3);
                assertThat(Tensors.relativeError(model.logits(pack), golden.read("logits")))
                        .isLessThan(TOLERANCE);

                double expected = golden.read("loss_sum").item_double();
                LossSum evaluated = model.evaluate(pack);
                assertThat(Math.abs(evaluated.sum() - expected) / expected).isLessThan(TOLERANCE);

                LossSum loss = model.forwardBackward(pack, 1.0 / evaluated.numLabelTokens());
                assertThat(loss).isEqualTo(evaluated);
                for (Parameter parameter : model.parameters()) {
                    assertThat(Tensors.relativeError(
                                    parameter.tensor().grad(), golden.read("grad." + parameter.name())))
                            .as(parameter.name())
                            .isLessThan(TOLERANCE);
                }
            }
        });
    }
}
