package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.attention.ReferenceAttention;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.LossSum;
import dev.packtrain.training.model.PackInput;
import dev.packtrain.training.model.Packs;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.Tensors;
import dev.packtrain.training.model.TinyFamilies;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** NEFTune without adapters; {@link HookMeshTest} has it with them, and on meshes. */
class NeftuneTest {
    private static final int WIDTH = 64;
    private static final double ALPHA = 5;
    private static final PackedSequence PACK = withIds(Packs.random(1, TinyFamilies.VOCAB, 40, 3, 11), 70, 71, 72);

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    private static PackedSequence withIds(PackedSequence pack, long... ids) {
        return new PackedSequence(pack.inputIds(), pack.labels(), pack.positionIds(), pack.cuSeqlens(), ids);
    }

    /** What a step adds to embedded zeros. */
    private static Tensor noise(PackedSequence pack, int step, boolean training) {
        return TensorScope.one(() -> {
            Neftune neftune = new Neftune(ALPHA, 9);
            int numTokens = pack.numTokens();
            Tensor hTE = new TensorFactory(ComputeDevice.CPU).zeros(ScalarType.Float, numTokens, WIDTH);
            neftune.pass().beginStep(step);
            if (training) {
                neftune.pass().begin(pack, hTE);
            }
            int[] ids = Arrays.copyOf(pack.inputIds(), numTokens);
            neftune.begin(hTE, new PackInput(ids, Arrays.copyOf(pack.positionIds(), numTokens), pack, 0), true);
            return hTE;
        });
    }

    /** Algorithm 1 of the paper: uniform, and the bound is α / √(L · d) with the document's own L. */
    @Test
    void theBoundIsThatOfTheDocumentsLength() {
        TensorScope.run(() -> {
            Tensor noise = noise(PACK, 0, true);
            for (int doc = 0; doc < PACK.numDocuments(); doc++) {
                int begin = PACK.cuSeqlens()[doc];
                int length = PACK.cuSeqlens()[doc + 1] - begin;
                double bound = ALPHA / Math.sqrt((double) length * WIDTH);
                Tensor here = noise.narrow(0, begin, length);
                assertThat(here.abs().max().item_double()).isBetween(0.95 * bound, bound * (1 + 1e-6));
                double rms = here.norm().item_double() / Math.sqrt((double) length * WIDTH);
                assertThat(rms / bound).isCloseTo(1 / Math.sqrt(3), within(0.05));
                assertThat(here.mean().item_double() / bound).isCloseTo(0, within(0.15));
            }
        });
    }

    @Test
    void itIsOfTheExampleAndTheStepAndNotOfThePack() {
        TensorScope.run(() -> {
            Tensor noise = noise(PACK, 2, true);
            Tensor alone = noise(withIds(Packs.document(PACK, 2), 72), 2, true);
            assertThat(noise.narrow(0, 43, 11).equal(alone)).isTrue();
            assertThat(noise(PACK, 3, true).equal(noise)).isFalse();
            assertThat(noise(PACK, 2, false).count_nonzero().item_long()).isZero();
        });
    }

    /** All weights are trained on embedded tokens plus noise, which is a constant for their gradients. */
    @Test
    void lossAndGradientsAreThoseOfTheNoisyTokens() {
        TensorScope.run(() -> {
            Neftune neftune = new Neftune(ALPHA, 9);
            try (NoisyModel model = new NoisyModel(builder().noise(neftune).fromScratch(1), neftune);
                    Decoder plain = builder().fromScratch(1)) {
                assertThat(model.evaluate(PACK)).isEqualTo(plain.evaluate(PACK));
                model.beginStep(1);
                LossSum noisy = model.forwardBackward(PACK, 1);
                assertThat(noisy.sum())
                        .isNotEqualTo(plain.forwardBackward(PACK, 1).sum());
                for (Parameter parameter : model.parameters()) {
                    assertSlope(model, noisy, parameter);
                }
            }
        });
    }

    private static DecoderBuilder builder() {
        return new DecoderBuilder(
                        TinyFamilies.untied(TinyFamilies.all().toList().get(0)))
                .dtype(ScalarType.Double)
                .attention(new ReferenceAttention());
    }

    private static void assertSlope(NoisyModel model, LossSum here, Parameter parameter) {
        TensorScope.run(() -> {
            Tensor gradient = parameter.tensor().grad().clone();
            double norm = gradient.norm().item_double();
            Tensor step = gradient.div(new Scalar(norm)).mul(new Scalar(1e-5));
            parameter.tensor().detach().add_(step);
            double up = model.forwardBackward(PACK, 0).sum();
            parameter.tensor().detach().sub_(step).sub_(step);
            double down = model.forwardBackward(PACK, 0).sum();
            parameter.tensor().detach().add_(step);
            assertThat((up - down) / 2e-5 / norm).as(parameter.name()).isCloseTo(1, within(1e-5));
            assertThat(here.sum()).isBetween(Math.min(up, down), Math.max(up, down));
        });
    }

    /** A pack is the sum of its documents, each with its own noise. */
    @Test
    void aPackIsTheSumOfItsDocuments() {
        TensorScope.run(() -> {
            Neftune neftune = new Neftune(ALPHA, 9);
            try (NoisyModel model = new NoisyModel(builder().noise(neftune).fromScratch(1), neftune)) {
                double packed = model.forwardBackward(PACK, 1).sum();
                List<Tensor> gradients = model.parameters().stream()
                        .map(parameter -> parameter.tensor().grad().clone())
                        .toList();
                model.parameters()
                        .forEach(parameter -> parameter.tensor().grad().zero_());
                double sum = 0;
                for (int doc = 0; doc < PACK.numDocuments(); doc++) {
                    sum += model.forwardBackward(withIds(Packs.document(PACK, doc), PACK.exampleIds()[doc]), 1)
                            .sum();
                }
                assertThat(sum).isCloseTo(packed, within(1e-10 * packed));
                for (int i = 0; i < gradients.size(); i++) {
                    assertThat(Tensors.relativeError(
                                    model.parameters().get(i).tensor().grad(), gradients.get(i)))
                            .isLessThan(1e-10);
                }
            }
        });
    }
}
