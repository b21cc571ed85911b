package dev.packtrain.training.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.attention.AttentionKernel;
import dev.packtrain.training.attention.FlashMaskCpuAttention;
import dev.packtrain.training.attention.LayerAttentions;
import dev.packtrain.training.attention.PackAttention;
import dev.packtrain.training.collectives.RankThreads;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.engine.ActivationBytes;
import dev.packtrain.training.engine.CutEngine;
import dev.packtrain.training.engine.DecoderBlock;
import dev.packtrain.training.engine.GradientMode;
import dev.packtrain.training.engine.PartialSums;
import dev.packtrain.training.engine.Segment;
import dev.packtrain.training.engine.Trace;
import dev.packtrain.training.fused.FusedOps;
import dev.packtrain.training.fused.NormScale;
import dev.packtrain.training.fused.RotaryTables;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.parallel.TensorParallel;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is made again has the bits that were not kept, and what is not kept takes no memory. */
class RecomputeTest {
    private static final int NUM_BLOCKS = 3;

    @BeforeAll
    static void load() {
        TorchRuntime.start(1);
    }

    static Stream<Arguments> familiesAndDtypes() {
        return TinyFamilies.all().flatMap(config -> Stream.of(ScalarType.Float, ScalarType.BFloat16)
                .map(dtype -> Arguments.of(config.family(), config, dtype)));
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource("familiesAndDtypes")
    void lossAndGradientsAreTheSameBits(ModelFamily family, DecoderConfig config, ScalarType dtype) {
        sameBits(new DecoderBuilder(config).dtype(dtype));
    }

    /** Sums over ranks, and with sequence parallelism gathers, are made again too. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void soTheyAreOnTensorRanks(boolean sequenceParallel) {
        try (RankThreads ranks = new RankThreads(2)) {
            TinyFamilies.all()
                    .forEach(config -> ranks.onEach(group -> {
                        sameBits(new DecoderBuilder(config)
                                .share(TensorParallel.share(config, group, sequenceParallel)));
                        return null;
                    }));
        }
    }

    private static void sameBits(DecoderBuilder builder) {
        TensorScope.run(() -> {
            Step expected = step(builder.recompute(Recompute.NONE));
            for (Tensor gradient : expected.gradients()) {
                assertThat(gradient.count_nonzero().item_long()).isPositive();
            }
            for (Recompute recompute : Recompute.values()) {
                Step step = step(builder.recompute(recompute));
                assertThat(step.loss()).as("%s", recompute).isEqualTo(expected.loss());
                for (int i = 0; i < step.gradients().size(); i++) {
                    assertThat(step.gradients()
                                    .get(i)
                                    .equal(expected.gradients().get(i)))
                            .as("%s, parameter %d", recompute, i)
                            .isTrue();
                }
            }
        });
    }

    private record Step(double loss, List<Tensor> gradients) {}

    private static Step step(DecoderBuilder builder) {
        try (Decoder model = builder.fromScratch(3)) {
            double loss = model.forwardBackward(Packs.random(1, TinyFamilies.VOCAB, 17, 1, 30), 0.1)
                    .sum();
            List<Tensor> gradients = model.parameters().stream()
                    .map(parameter -> parameter.tensor().grad().clone())
                    .toList();
            return new Step(loss, gradients);
        }
    }

    @ParameterizedTest
    @EnumSource(Recompute.class)
    void keptBytesAreThoseOfTheFormula(Recompute recompute) {
        for (boolean headNorms : new boolean[] {false, true}) {
            for (ScalarType dtype : new ScalarType[] {ScalarType.Float, ScalarType.BFloat16}) {
                AttentionConfig attention =
                        new AttentionConfig(4, 2, 32, AttentionConfig.Bias.NONE, headNorms, List.of(0, 0, 0));
                DecoderConfig.Rope rope = new DecoderConfig.Rope(10_000, new RopeScaling.None());
                DecoderConfig config = new DecoderConfig(
                        ModelFamily.QWEN3, 64, 96, 160, NUM_BLOCKS, attention, 1e-5, rope, true, 512, 0.1, null);
                TensorScope.run(() -> keptBytesAreThoseOfTheFormula(config, dtype, recompute));
            }
        }
    }

    private static void keptBytesAreThoseOfTheFormula(DecoderConfig config, ScalarType dtype, Recompute recompute) {
        PackedSequence pack = Packs.random(1, config.vocabSize(), 300, 101);
        ActivationBytes formula = new ActivationBytes(
                401, 401, 96, 4, 2, 32, 160, config.attention().queryKeyNorm(), dtype == ScalarType.Float ? 4 : 2);
        Measured measured = measure(config, pack, dtype, recompute);
        int lastNorm = 401 * (96 * (dtype == ScalarType.Float ? 4 : 2) + 4);
        assertThat(measured.afterForward()).isEqualTo(NUM_BLOCKS * formula.keptOfBlock(recompute) + lastNorm);
        assertThat(measured.inBackward())
                .isEqualTo((NUM_BLOCKS - 1) * formula.keptOfBlock(recompute) + formula.mostOfBlock(recompute));
        assertThat(Math.max(measured.afterForward(), measured.inBackward()))
                .isEqualTo(formula.peak(NUM_BLOCKS, recompute));
        assertThat(measured.afterBackward()).isZero();
    }

    /**
     * What a trace kept.
     *
     * @param inBackward the most when the backward pass of a half began
     */
    private record Measured(long afterForward, long inBackward, long afterBackward) {}

    private static Measured measure(DecoderConfig config, PackedSequence pack, ScalarType dtype, Recompute recompute) {
        Probe probe = new Probe();
        try (Kept kept = new Kept()) {
            CutEngine engine =
                    new CutEngine(probe, FusedOps.of(dtype, ComputeDevice.CPU), PartialSums.WHOLE, recompute);
            Layers layers = new PlacedLayers(
                    TensorShare.WHOLE.placement(),
                    new FreshWeights(1, 0.1),
                    dtype,
                    new TensorFactory(ComputeDevice.CPU),
                    kept,
                    Optional.empty());
            List<ProbedBlock> blocks = IntStream.range(0, NUM_BLOCKS)
                    .mapToObj(i -> new ProbedBlock(new PreNormBlock(config, i, layers), probe))
                    .toList();
            RmsNorm norm = layers.norm("norm", config.hiddenSize(), 1e-5);
            PackInput input = PackInput.of(pack, config);
            Tensor hTE = layers.embedding("embed", config.vocabSize(), config.hiddenSize())
                    .forward(input.inputIds());
            RotaryTables tables = new Rotary(config.headDim(), config.rope())
                    .tables(input.positionIds(), input.documents(), dtype, new TensorFactory(ComputeDevice.CPU));
            return GradientMode.off(() -> {
                try (LayerAttentions attentions = LayerAttentions.prepare(
                                probe, config.attention().windows(), input::mask, 0.2);
                        Trace trace = engine.record(blocks, norm.scale(), hTE, tables, attentions)) {
                    long afterForward = trace.keptBytes();
                    probe.keptBytes = trace::keptBytes;
                    trace.backward(torch.ones_like(trace.hidden()));
                    return new Measured(afterForward, probe.most, trace.keptBytes());
                }
            });
        }
    }

    /** Looks how much is kept whenever the backward pass of a half of a block begins. */
    private static final class Probe implements AttentionKernel {
        private final AttentionKernel kernel = new FlashMaskCpuAttention();
        private LongSupplier keptBytes = () -> 0;
        private long most;

        void look() {
            most = Math.max(most, keptBytes.getAsLong());
        }

        @Override
        public PackAttention prepare(FlashMask mask, double scale) {
            PackAttention prepared = kernel.prepare(mask, scale);
            return new PackAttention() {
                @Override
                public Forward forward(Tensor qTHD, Tensor kTGD, Tensor vTGD) {
                    return prepared.forward(qTHD, kTGD, vTGD);
                }

                @Override
                public Gradients backward(Tensor gradOTHD, Tensor qTHD, Tensor kTGD, Tensor vTGD, Forward forward) {
                    look();
                    return prepared.backward(gradOTHD, qTHD, kTGD, vTGD, forward);
                }

                @Override
                public void close() {
                    prepared.close();
                }
            };
        }

        @Override
        public String name() {
            return kernel.name();
        }

        Segment watching(Segment segment) {
            return new Segment() {
                @Override
                public Tensor[] apply(Tensor xTI) {
                    return segment.apply(xTI);
                }

                @Override
                public Tensor backward(Tensor xTI, Tensor... gradients) {
                    look();
                    return segment.backward(xTI, gradients);
                }
            };
        }
    }

    private record ProbedBlock(PreNormBlock block, Probe probe) implements DecoderBlock {
        @Override
        public NormScale attentionNorm() {
            return block.attentionNorm();
        }

        @Override
        public Segment projections() {
            return block.projections();
        }

        @Override
        public int headDim() {
            return block.headDim();
        }

        @Override
        public Optional<NormScale> queryNorm() {
            return block.queryNorm();
        }

        @Override
        public Optional<NormScale> keyNorm() {
            return block.keyNorm();
        }

        @Override
        public Segment attentionOutput() {
            return block.attentionOutput();
        }

        @Override
        public NormScale feedForwardNorm() {
            return block.feedForwardNorm();
        }

        @Override
        public Segment gateUp() {
            return block.gateUp();
        }

        @Override
        public Segment down() {
            return probe.watching(block.down());
        }
    }
}
