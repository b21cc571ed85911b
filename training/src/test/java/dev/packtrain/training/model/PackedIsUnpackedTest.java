package dev.packtrain.training.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.kernels.AttentionVariant;
import dev.packtrain.kernels.CpuCapabilities;
import dev.packtrain.kernels.FlashMaskAttention;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.attention.AttentionKernel;
import dev.packtrain.training.attention.FlashMaskCpuAttention;
import dev.packtrain.training.attention.ReferenceAttention;
import dev.packtrain.training.attention.SdpaAttention;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** With every attention kernel: loss and gradients of a pack are the sums over its documents, each trained alone. */
class PackedIsUnpackedTest {
    /** A kernel, the dtype and how far sums may differ by rounding, as a share of the largest element. */
    private record Case(AttentionKernel kernel, ScalarType dtype, double tolerance) {
        @Override
        public String toString() {
            return kernel.name() + " in " + dtype;
        }
    }

    static Stream<Case> kernels() {
        List<Case> cases = new ArrayList<>(List.of(
                new Case(new ReferenceAttention(), ScalarType.Double, 1e-11),
                new Case(new ReferenceAttention(), ScalarType.Float, 1e-5),
                new Case(new SdpaAttention(), ScalarType.Double, 1e-11),
                new Case(new SdpaAttention(), ScalarType.Float, 1e-5)));
        CpuCapabilities cpu = CpuCapabilities.probe();
        for (AttentionVariant variant : AttentionVariant.values()) {
            if (variant.runsOn(cpu)) {
                AttentionKernel kernel = new FlashMaskCpuAttention(new FlashMaskAttention(variant, 0));
                cases.add(new Case(kernel, ScalarType.Float, 1e-5));
                cases.add(new Case(kernel, ScalarType.BFloat16, 0.03));
            }
        }
        return cases.stream();
    }

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void aPackIsTheSumOfItsDocuments(Case with) {
        int[] lengths = {64, 1, 63, 100, 7, 2};
        PackedSequence pack = Packs.random(1, DecoderTest.TINY.vocabSize(), lengths);
        TensorScope.run(() -> {
            try (Decoder packed = model(with);
                    Decoder alone = model(with)) {
                LossSum loss = packed.forwardBackward(pack, 0.01);
                LossSum sum = LossSum.ZERO;
                for (int doc = 0; doc < pack.numDocuments(); doc++) {
                    sum = sum.plus(alone.forwardBackward(Packs.document(pack, doc), 0.01));
                }
                assertThat(loss.numLabelTokens()).isEqualTo(sum.numLabelTokens());
                assertThat(loss.sum()).isCloseTo(sum.sum(), within(with.tolerance() * sum.sum()));
                for (int i = 0; i < packed.parameters().size(); i++) {
                    Parameter parameter = packed.parameters().get(i);
                    Tensor expected = alone.parameters().get(i).tensor().grad();
                    assertThat(Tensors.relativeError(parameter.tensor().grad(), expected))
                            .as(parameter.name())
                            .isLessThan(with.tolerance());
                }
            }
        });
    }

    /** Another document in the pack changes nothing of a document's logits. */
    @ParameterizedTest
    @MethodSource("kernels")
    void documentsDoNotSeeEachOther(Case with) {
        int[] lengths = {30, 70, 20};
        PackedSequence pack = Packs.random(1, DecoderTest.TINY.vocabSize(), lengths);
        Random random = new Random(9);
        int[] otherIds = pack.inputIds().clone();
        Arrays.setAll(otherIds, t -> t < 30 || t >= 100 ? random.nextInt(97) : pack.inputIds()[t]);
        PackedSequence other =
                new PackedSequence(otherIds, pack.labels(), pack.positionIds(), pack.cuSeqlens(), pack.exampleIds());
        TensorScope.run(() -> {
            try (Decoder model = model(with)) {
                Tensor before = model.logits(pack).narrow(0, 30, 70);
                Tensor after = model.logits(other).narrow(0, 30, 70);
                assertThat(before.equal(after)).isTrue();
            }
        });
    }

    private static Decoder model(Case with) {
        return new DecoderBuilder(DecoderTest.TINY)
                .dtype(with.dtype())
                .attention(with.kernel())
                .fromScratch(1);
    }
}
