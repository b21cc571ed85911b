package dev.packtrain.training.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.attention.ReferenceAttention;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DecoderTest {
    static final DecoderConfig TINY = new DecoderConfig(97, 32, 48, 2, 4, 2, 8, 1e-5, 10_000, true, 128, 0.1, null);

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    static void with(ScalarType dtype, long seed, Consumer<Decoder> body) {
        TensorScope.run(() -> {
            try (Decoder model = Decoder.fromScratch(TINY, seed, dtype, ComputeDevice.CPU)) {
                body.accept(model);
            }
        });
    }

    private static void inFp64(DecoderConfig config, Consumer<Decoder> body) {
        TensorScope.run(() -> {
            try (Decoder model = new DecoderBuilder(config)
                    .dtype(ScalarType.Double)
                    .attention(new ReferenceAttention())
                    .fromScratch(1)) {
                body.accept(model);
            }
        });
    }

    static Stream<DecoderConfig> families() {
        return Stream.concat(Stream.of(TINY, TinyFamilies.dynamic()), TinyFamilies.all());
    }

    @ParameterizedTest
    @MethodSource("families")
    void aPackIsTheSumOfItsDocuments(DecoderConfig config) {
        PackedSequence pack = Packs.random(1, config.vocabSize(), 20, 1, 33, 7);
        inFp64(
                config,
                packed -> inFp64(config, alone -> {
                    LossSum loss = packed.forwardBackward(pack, 0.01);
                    LossSum sum = LossSum.ZERO;
                    for (int doc = 0; doc < pack.numDocuments(); doc++) {
                        sum = sum.plus(alone.forwardBackward(Packs.document(pack, doc), 0.01));
                    }
                    assertThat(loss.numLabelTokens()).isEqualTo(sum.numLabelTokens());
                    assertThat(loss.sum()).isCloseTo(sum.sum(), within(1e-10));
                    assertGradientsWithin(1e-11, packed, alone);
                }));
    }

    @Test
    void headsOfAnyWidthAreComputedWith() {
        DecoderConfig wide = new DecoderConfig(97, 32, 48, 1, 2, 1, 258, 1e-5, 10_000, true, 128, 0.1, null);
        TensorScope.run(() -> {
            try (Decoder model = Decoder.fromScratch(wide, 1, ScalarType.Float, ComputeDevice.CPU)) {
                assertThat(model.forwardBackward(Packs.random(1, 97, 9, 4), 0.1).sum())
                        .isFinite();
            }
        });
    }

    @Test
    void theSameStepTwiceGivesTheSameBits() {
        TorchRuntime.start(2);
        PackedSequence pack = Packs.random(2, TINY.vocabSize(), 60, 40, 3);
        for (ScalarType dtype : List.of(ScalarType.Float, ScalarType.BFloat16)) {
            with(
                    dtype,
                    1,
                    first -> with(dtype, 1, second -> {
                        assertThat(first.forwardBackward(pack, 0.01)).isEqualTo(second.forwardBackward(pack, 0.01));
                        for (int i = 0; i < first.parameters().size(); i++) {
                            assertThat(grad(first, i).equal(grad(second, i))).isTrue();
                        }
                    }));
        }
    }

    @Test
    void gradientsAreAddedIntoPresetViews() {
        PackedSequence pack = Packs.random(3, TINY.vocabSize(), 30, 12);
        with(
                ScalarType.Double,
                1,
                preset -> with(ScalarType.Double, 1, plain -> {
                    long total = preset.parameters().stream()
                            .mapToLong(p -> p.tensor().numel())
                            .sum();
                    Tensor flat = torch.zeros(total).to(ScalarType.Double);
                    long begin = 0;
                    for (Parameter parameter : preset.parameters()) {
                        long numel = parameter.tensor().numel();
                        Tensor view = flat.narrow(0, begin, numel).view_as(parameter.tensor());
                        parameter.tensor().mutable_grad().put(view);
                        begin += numel;
                    }
                    preset.forwardBackward(pack, 0.5);
                    preset.forwardBackward(pack, 0.5);
                    plain.forwardBackward(pack, 1);
                    assertGradientsWithin(1e-12, preset, plain);
                    double fromFlat = flat.abs().sum().item_double();
                    double fromGrads = 0;
                    for (int i = 0; i < plain.parameters().size(); i++) {
                        fromGrads += grad(plain, i).abs().sum().item_double();
                    }
                    assertThat(fromFlat).isCloseTo(fromGrads, within(1e-9 * fromGrads));
                }));
    }

    @Test
    void reboundStorageIsWhatTheModelComputesWith() {
        PackedSequence pack = Packs.random(3, TINY.vocabSize(), 30);
        with(
                ScalarType.Float,
                1,
                first -> with(ScalarType.Float, 2, second -> {
                    double expected = second.evaluate(pack).sum();
                    assertThat(first.evaluate(pack).sum()).isNotEqualTo(expected);
                    for (int i = 0; i < first.parameters().size(); i++) {
                        Tensor copy =
                                second.parameters().get(i).tensor().detach().clone();
                        first.parameters().get(i).tensor().set_data(copy);
                    }
                    assertThat(first.evaluate(pack).sum()).isEqualTo(expected);
                    first.forwardBackward(pack, 1);
                    second.forwardBackward(pack, 1);
                    assertGradientsWithin(0, first, second);
                }));
    }

    @Test
    void noLabelsNoLossNoGradient() {
        int[] ignored = {-100, -100, -100};
        PackedSequence pack = Packs.of(new int[] {1, 2, 3}, ignored, new int[] {0, 3}, 1);
        with(ScalarType.Float, 1, model -> {
            assertThat(model.forwardBackward(pack, 1)).isEqualTo(LossSum.ZERO);
            assertThat(model.evaluate(pack)).isEqualTo(LossSum.ZERO);
            assertThat(model.parameters()).noneMatch(p -> p.tensor().grad().defined());
        });
    }

    @Test
    void bf16IsCloseToFp32() {
        PackedSequence pack = Packs.random(5, TINY.vocabSize(), 50, 30, 20);
        with(
                ScalarType.Float,
                1,
                fp32 -> with(ScalarType.BFloat16, 1, bf16 -> {
                    double expected = fp32.forwardBackward(pack, 0.01).mean();
                    // bf16 keeps 8 bits: a relative error of 2^-8 an op, averaged over tokens.
                    assertThat(bf16.forwardBackward(pack, 0.01).mean()).isCloseTo(expected, within(0.01 * expected));
                    assertGradientsWithin(0.1, bf16, fp32);
                }));
    }

    @Test
    void freshWeightsDependOnTheSeedAndTheNameAlone() {
        with(
                ScalarType.Float,
                7,
                first -> with(
                        ScalarType.Float,
                        7,
                        same -> with(ScalarType.Float, 8, other -> {
                            for (int i = 0; i < first.parameters().size(); i++) {
                                Parameter parameter = first.parameters().get(i);
                                assertThat(parameter
                                                .tensor()
                                                .equal(same.parameters().get(i).tensor()))
                                        .isTrue();
                                assertThat(parameter
                                                .tensor()
                                                .equal(other.parameters().get(i).tensor()))
                                        .isEqualTo(!parameter.decays());
                            }
                            Tensor embedding =
                                    first.parameters().get(0).tensor().detach();
                            assertThat(embedding.mean().item_double()).isCloseTo(0, within(0.01));
                            assertThat(embedding.std().item_double()).isCloseTo(TINY.initializerRange(), within(0.01));
                            assertThat(embedding.equal(first.parameters().get(1).tensor()))
                                    .isFalse();
                        })));
    }

    @Test
    void onlyMatricesDecay() {
        with(ScalarType.Float, 1, model -> assertThat(model.parameters())
                .hasSize(1 + 2 * 9 + 1)
                .allMatch(p -> p.decays() != p.name().contains("norm")));
    }

    @Test
    void tokensOutsideTheVocabularyAreRefused() {
        PackedSequence pack = Packs.of(new int[] {1, 97}, new int[] {1, 97}, new int[] {0, 2}, 0);
        with(ScalarType.Float, 1, model -> assertThatThrownBy(() -> model.forwardBackward(pack, 1))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("token id 97")
                .hasMessageContaining("vocab_size of 97"));
    }

    @Test
    void nothingStaysBehindInTheCallersScope() {
        PackedSequence pack = Packs.random(5, TINY.vocabSize(), 20);
        with(ScalarType.Float, 1, model -> {
            PointerScope scope = new PointerScope();
            try {
                model.forwardBackward(pack, 1);
                assertThat(PointerScope.getInnerScope()).isSameAs(scope);
            } finally {
                scope.close();
            }
            assertThat(model.parameters())
                    .allMatch(p -> p.tensor().grad().defined() && !p.tensor().isNull());
        });
    }

    private static Tensor grad(Decoder model, int i) {
        return model.parameters().get(i).tensor().grad();
    }

    private static void assertGradientsWithin(double tolerance, Decoder actual, Decoder expected) {
        for (int i = 0; i < expected.parameters().size(); i++) {
            assertThat(Tensors.relativeError(grad(actual, i), grad(expected, i)))
                    .as(expected.parameters().get(i).name())
                    .isLessThanOrEqualTo(tolerance);
        }
    }
}
