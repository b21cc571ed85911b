package dev.packtrain.training.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.attention.ReferenceAttention;
import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.generation.GenerationOptions;
import dev.packtrain.training.generation.Generator;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.LossSum;
import dev.packtrain.training.model.Packs;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.Tensors;
import dev.packtrain.training.model.TinyFamilies;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Models spread over 2 and 4 ranks, with and without sequence parallelism, beside the same model in one process. The
 * families have 4 query heads on 2 key/value heads (fewer than 4 ranks) and 53 tokens, which no degree divides.
 */
class TensorParallelTest {
    private static final long SEED = 7;
    private static final int[] PROMPT = {3, 1, 4, 1, 5, 9, 2};
    private static final Map<Integer, RankThreads> RANKS = new java.util.TreeMap<>();

    @BeforeAll
    static void start() {
        RANKS.put(2, new RankThreads(2));
        RANKS.put(4, new RankThreads(4));
    }

    @AfterAll
    static void stop() {
        RANKS.values().forEach(RankThreads::close);
    }

    /** One way to spread a model. */
    record Spread(DecoderConfig config, int degree, boolean sequenceParallel, ScalarType dtype) {
        DecoderBuilder builder() {
            DecoderBuilder builder = new DecoderBuilder(config).dtype(dtype);
            return dtype == ScalarType.Double ? builder.attention(new ReferenceAttention()) : builder;
        }

        Decoder whole() {
            return builder().fromScratch(SEED);
        }

        Decoder part(ProcessGroup group) {
            return builder()
                    .share(TensorParallel.share(config, group, sequenceParallel))
                    .fromScratch(SEED);
        }

        @Override
        public String toString() {
            return "%s %s tensor=%d sequence=%s %s"
                    .formatted(
                            config.family(),
                            config.tieWordEmbeddings() ? "tied" : "untied",
                            degree,
                            sequenceParallel,
                            dtype);
        }
    }

    static Stream<Spread> everySpread() {
        return TinyFamilies.all()
                .flatMap(config -> Stream.of(config, TinyFamilies.untied(config)))
                .flatMap(config -> Stream.of(2, 4).flatMap(degree -> Stream.of(false, true)
                        .map(sequence -> new Spread(config, degree, sequence, ScalarType.Double))));
    }

    static Stream<Spread> ourKernels() {
        return TinyFamilies.all().flatMap(config -> Stream.of(ScalarType.Float, ScalarType.BFloat16)
                .flatMap(dtype -> Stream.of(false, true).map(sequence -> new Spread(config, 2, sequence, dtype))));
    }

    @ParameterizedTest
    @MethodSource("everySpread")
    void lossAndGradientsAreThoseOfOneProcess(Spread spread) {
        compare(spread, 1e-12, 1e-10);
    }

    @ParameterizedTest
    @MethodSource("ourKernels")
    void soTheyAreWithTheKernelsForTheCpu(Spread spread) {
        boolean fp32 = spread.dtype() == ScalarType.Float;
        compare(spread, fp32 ? 1e-5 : 0.01, fp32 ? 1e-5 : 0.1);
    }

    private static void compare(Spread spread, double lossTolerance, double gradientTolerance) {
        // 17 + 1 + 31 tokens: no degree divides the sequence, so that sequence parallelism pads it.
        PackedSequence pack = Packs.random(1, TinyFamilies.VOCAB, 17, 1, 31);
        TensorScope.run(() -> {
            try (Decoder whole = spread.whole()) {
                LossSum expected = whole.forwardBackward(pack, 0.1);
                List<Decoder> parts = RANKS.get(spread.degree()).onEach(spread::part);
                try {
                    List<LossSum> losses = onEach(spread, parts, model -> model.forwardBackward(pack, 0.1));
                    assertThat(losses).containsOnly(losses.get(0));
                    assertThat(losses.get(0).numLabelTokens()).isEqualTo(expected.numLabelTokens());
                    assertThat(losses.get(0).sum()).isCloseTo(expected.sum(), within(lossTolerance * expected.sum()));
                    assertThat(onEach(spread, parts, model -> model.evaluate(pack)))
                            .containsOnly(losses.get(0));
                    for (int i = 0; i < whole.parameters().size(); i++) {
                        Parameter parameter = whole.parameters().get(i);
                        assertThat(GatheredParameters.weight(parts, i)
                                        .equal(parameter.tensor().detach().to(ScalarType.Double)))
                                .as(parameter.name())
                                .isTrue();
                        Tensor gradient = GatheredParameters.gradient(parts, i);
                        assertThat(Tensors.relativeError(
                                        gradient, parameter.tensor().grad()))
                                .as(parameter.name())
                                .isLessThan(gradientTolerance);
                    }
                } finally {
                    parts.forEach(Decoder::close);
                }
            }
        });
    }

    private static <T> List<T> onEach(
            Spread spread, List<Decoder> parts, java.util.function.Function<Decoder, T> body) {
        return RANKS.get(spread.degree()).onEach(group -> body.apply(parts.get(group.rank())));
    }

    @ParameterizedTest
    @MethodSource("everySpread")
    void generationGivesTheSameTokensOnEveryRank(Spread spread) {
        GenerationOptions sampled = new GenerationOptions(12, 1.0, 20, 0.95, 3, Set.of());
        TensorScope.run(() -> {
            try (Decoder whole = spread.whole()) {
                List<Integer> expected = tokens(whole, sampled);
                List<List<Integer>> got = RANKS.get(spread.degree())
                        .onEach(group -> TensorScope.value(() -> {
                            try (Decoder part = spread.part(group)) {
                                return tokens(part, sampled);
                            }
                        }));
                assertThat(expected).hasSize(12);
                assertThat(got).containsOnly(expected);
            }
        });
    }

    private static List<Integer> tokens(Decoder model, GenerationOptions options) {
        List<Integer> tokens = new ArrayList<>();
        new Generator(model).generate(PROMPT, options, tokens::add);
        return tokens;
    }

    @ParameterizedTest
    @MethodSource("everySpread")
    void logitsAreWholeOnEveryRank(Spread spread) {
        PackedSequence pack = Packs.random(2, TinyFamilies.VOCAB, 9, 14);
        TensorScope.run(() -> {
            try (Decoder whole = spread.whole()) {
                Tensor expected = whole.logits(pack);
                List<Double> errors = RANKS.get(spread.degree())
                        .onEach(group -> TensorScope.value(() -> {
                            try (Decoder part = spread.part(group)) {
                                return Tensors.relativeError(part.logits(pack), expected);
                            }
                        }));
                assertThat(errors).allSatisfy(error -> assertThat(error).isLessThan(1e-11));
            }
        });
    }
}
