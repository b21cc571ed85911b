package dev.packtrain.training.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.attention.ReferenceAttention;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.engine.CutEngine;
import dev.packtrain.training.engine.PartialSums;
import dev.packtrain.training.fused.FusedOps;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Exchanger;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/**
 * Two threads, each with half the heads and half the feed-forward width of every block, and sums at the cuts only: the
 * same blocks give the whole model's loss, and each thread the gradients of its part, those of the norms' scales whole.
 */
class TensorParallelCutTest {
    private static final int DEGREE = 2;
    private static final WeightSource WEIGHTS = new FreshWeights(4, 0.2);

    @Test
    void halvesWithSumsAtTheCutsAreTheWholeModel() {
        TorchRuntime.start(1);
        PackedSequence pack = Packs.random(1, DecoderTest.TINY.vocabSize(), 17, 1, 30);
        TensorScope.run(() -> {
            try (Decoder whole = Decoder.build(
                            DecoderTest.TINY, WEIGHTS, ScalarType.Double, ComputeDevice.CPU, new ReferenceAttention());
                    Part first = new Part(0);
                    Part second = new Part(1)) {
                LossSum expected = whole.forwardBackward(pack, 0.1);
                List<Part> parts = List.of(first, second);
                Exchanger<Tensor> meeting = new Exchanger<>();
                List<CompletableFuture<LossSum>> losses = parts.stream()
                        .map(part -> CompletableFuture.supplyAsync(() -> part.step(pack, meeting)))
                        .toList();
                for (int rank = 0; rank < DEGREE; rank++) {
                    assertThat(losses.get(rank).join().sum()).isCloseTo(expected.sum(), within(1e-10));
                    parts.get(rank).assertGradientsArePartsOf(whole);
                }
            }
        });
    }

    /** One rank. */
    private static final class Part implements AutoCloseable {
        private final int rank;
        private final Kept kept = new Kept();
        private Exchanger<Tensor> meeting;
        private final Decoder model;

        Part(int rank) {
            this.rank = rank;
            CutEngine engine = new CutEngine(
                    new ReferenceAttention(), FusedOps.of(ScalarType.Double, ComputeDevice.CPU), (PartialSums)
                            this::sum);
            this.model = new Decoder(DecoderTest.TINY, new HalfLayers(rank, kept), engine, kept);
        }

        LossSum step(PackedSequence pack, Exchanger<Tensor> meeting) {
            this.meeting = meeting;
            return model.forwardBackward(pack, 0.1);
        }

        private Tensor sum(Tensor partial) {
            try {
                Tensor other = meeting.exchange(partial);
                Tensor sum = rank == 0 ? partial.add(other) : other.add(partial);
                meeting.exchange(partial); // neither goes on, and frees its part, before both have added
                return sum;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        void assertGradientsArePartsOf(Decoder whole) {
            for (int i = 0; i < whole.parameters().size(); i++) {
                Parameter parameter = whole.parameters().get(i);
                Tensor expected =
                        HalfLayers.part(parameter.name(), parameter.tensor().grad(), rank);
                assertThat(Tensors.relativeError(grad(i), expected))
                        .as(parameter.name())
                        .isLessThan(1e-11);
            }
        }

        Tensor grad(int i) {
            return model.parameters().get(i).tensor().grad();
        }

        @Override
        public void close() {
            model.close();
        }
    }

    /** Column-parallel into a block's branches, row-parallel out of them, the rest whole. */
    private static final class HalfLayers implements Layers {
        private final int rank;
        private final Kept kept;
        private final Layers whole;

        HalfLayers(int rank, Kept kept) {
            this.rank = rank;
            this.kept = kept;
            whole = new PlainLayers(WEIGHTS, ScalarType.Double, new TensorFactory(ComputeDevice.CPU), kept);
        }

        static Tensor part(String name, Tensor tensor, int rank) {
            if (name.matches(".*(q|k|v|gate|up)_proj.weight")) {
                return tensor.chunk(DEGREE, 0).get(rank);
            }
            return name.matches(".*(o|down)_proj.weight")
                    ? tensor.chunk(DEGREE, 1).get(rank)
                    : tensor;
        }

        @Override
        public Linear linear(String name, int numIn, int numOut, boolean bias) {
            Parameter full =
                    whole.linear(name, numIn, numOut, bias).parameters().get(0);
            Tensor own = part(full.name(), full.tensor(), rank).detach().clone().requires_grad_(true);
            Parameter weight = new Parameter(full.name(), kept.keep(own), true);
            return new Linear() {
                @Override
                public Tensor apply(Tensor xTI) {
                    return torch.linear(xTI, weight.tensor());
                }

                @Override
                public List<Parameter> parameters() {
                    return List.of(weight);
                }
            };
        }

        @Override
        public Embedding embedding(String name, int numRows, int width) {
            return whole.embedding(name, numRows, width);
        }

        @Override
        public RmsNorm norm(String name, int width, double eps) {
            return whole.norm(name, width, eps);
        }

        @Override
        public Parameter head(String name, int numIn, int numOut) {
            return whole.head(name, numIn, numOut);
        }
    }
}
