package dev.packtrain.training.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.attention.ReferenceAttention;
import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.collectives.RankThreads;
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
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Models spread over 2 and 4 ranks, with and without sequence parallelism, beside the same model in one process. The
 * families have 4 query heads on 2 key/value heads (fewer than 4 ranks) and 53 tokens, which no degree divides.
 */
class TensorParallelTest {
    private static final long SEED = 7;
    private static final double SCALE = 0.1;
    /** 49 tokens: no degree divides the sequence, so that sequence parallelism pads it. */
    private static final PackedSequence PACK = Packs.random(1, TinyFamilies.VOCAB, 17, 1, 31);

    private static final int[] PROMPT = {3, 1, 4, 1, 5, 9, 2};
    private static final Map<Integer, RankThreads> RANKS = new TreeMap<>();

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

    static Stream<Spread> withOurKernels(ScalarType dtype) {
        return TinyFamilies.all()
                .flatMap(config -> Stream.of(false, true).map(sequence -> new Spread(config, 2, sequence, dtype)));
    }

    static Stream<Spread> inFp32() {
        return withOurKernels(ScalarType.Float);
    }

    static Stream<Spread> inBf16() {
        return withOurKernels(ScalarType.BFloat16);
    }

    /** Every third, so that each degree, head and way of keeping the sequence comes up with most families. */
    static Stream<Spread> someSpreads() {
        List<Spread> all = everySpread().toList();
        return IntStream.range(0, all.size()).filter(i -> i % 3 == 0).mapToObj(all::get);
    }

    @ParameterizedTest
    @MethodSource("everySpread")
    void lossAndGradientsAreThoseOfOneProcess(Spread spread) {
        compare(spread, 1e-12, 1e-10);
    }

    @ParameterizedTest
    @MethodSource("inFp32")
    void soTheyAreWithTheKernelsForTheCpu(Spread spread) {
        compare(spread, 1e-5, 1e-5);
    }

    private static void compare(Spread spread, double lossTolerance, double gradientTolerance) {
        TensorScope.run(() -> {
            try (Decoder whole = spread.whole();
                    Parts parts = new Parts(spread)) {
                LossSum expected = whole.forwardBackward(PACK, SCALE);
                LossSum got = parts.sameOnAll(model -> model.forwardBackward(PACK, SCALE));
                assertThat(got.numLabelTokens()).isEqualTo(expected.numLabelTokens());
                assertThat(got.sum()).isCloseTo(expected.sum(), within(lossTolerance * expected.sum()));
                assertThat(parts.onEach(model -> model.evaluate(PACK))).containsOnly(got);
                for (int i = 0; i < whole.parameters().size(); i++) {
                    Parameter parameter = whole.parameters().get(i);
                    assertThat(Tensors.maxError(GatheredParameters.weight(parts.models, i), parameter.tensor()))
                            .as(parameter.name())
                            .isZero();
                    assertThat(Tensors.relativeError(
                                    GatheredParameters.gradient(parts.models, i),
                                    parameter.tensor().grad()))
                            .as(parameter.name())
                            .isLessThan(gradientTolerance);
                }
            }
        });
    }

    /** In bf16 partial sums are rounded where one process rounds none: the error may be twice that of one process. */
    @ParameterizedTest
    @MethodSource("inBf16")
    void inBf16TheErrorIsThatOfOneProcess(Spread spread) {
        TensorScope.run(() -> {
            try (Decoder whole = spread.whole();
                    Decoder exact = inFp64(whole, spread.config());
                    Parts parts = new Parts(spread)) {
                double truth = exact.forwardBackward(PACK, SCALE).sum();
                double error = Math.abs(whole.forwardBackward(PACK, SCALE).sum() - truth);
                double got = parts.sameOnAll(model -> model.forwardBackward(PACK, SCALE))
                        .sum();
                assertThat(got).isCloseTo(truth, within(2 * error + 4e-3 * truth));
                for (int i = 0; i < whole.parameters().size(); i++) {
                    Parameter parameter = whole.parameters().get(i);
                    Tensor gradient = exact.parameters().get(i).tensor().grad();
                    double wholeError = Tensors.relativeError(parameter.tensor().grad(), gradient);
                    assertThat(Tensors.relativeError(GatheredParameters.gradient(parts.models, i), gradient))
                            .as(parameter.name())
                            .isLessThan(2 * wholeError + 4e-3);
                }
            }
        });
    }

    /** The same weights in fp64. */
    private static Decoder inFp64(Decoder model, DecoderConfig config) {
        Map<String, Tensor> weights = model.parameters().stream()
                .collect(Collectors.toMap(
                        Parameter::name,
                        parameter -> parameter.tensor().detach().to(ScalarType.Double)));
        return new DecoderBuilder(config)
                .dtype(ScalarType.Double)
                .attention(new ReferenceAttention())
                .build((name, split, role) -> weights.get(name));
    }

    @ParameterizedTest
    @MethodSource("someSpreads")
    void everyRankGeneratesWhatOneProcessDoes(Spread spread) {
        GenerationOptions sampled = new GenerationOptions(12, 1.0, 20, 0.95, 3, Set.of());
        TensorScope.run(() -> {
            try (Decoder whole = spread.whole();
                    Parts parts = new Parts(spread)) {
                List<Integer> expected = tokens(whole, sampled);
                assertThat(expected).hasSize(12);
                assertThat(parts.onEach(model -> tokens(model, sampled))).containsOnly(expected);
                Tensor logits = whole.logits(PACK);
                assertThat(parts.onEach(
                                model -> TensorScope.value(() -> Tensors.relativeError(model.logits(PACK), logits))))
                        .allSatisfy(error -> assertThat(error).isLessThan(1e-11));
            }
        });
    }

    private static List<Integer> tokens(Decoder model, GenerationOptions options) {
        List<Integer> tokens = new ArrayList<>();
        new Generator(model).generate(PROMPT, options, tokens::add);
        return tokens;
    }

    @ParameterizedTest
    @MethodSource("inFp32")
    void aPassTwiceGivesTheSameBits(Spread spread) {
        TensorScope.run(() -> {
            try (Parts first = new Parts(spread);
                    Parts second = new Parts(spread)) {
                assertThat(first.onEach(model -> model.forwardBackward(PACK, SCALE)))
                        .isEqualTo(second.onEach(model -> model.forwardBackward(PACK, SCALE)));
                for (int rank = 0; rank < spread.degree(); rank++) {
                    List<Parameter> expected = first.models.get(rank).parameters();
                    List<Parameter> got = second.models.get(rank).parameters();
                    for (int i = 0; i < expected.size(); i++) {
                        assertThat(got.get(i)
                                        .tensor()
                                        .grad()
                                        .equal(expected.get(i).tensor().grad()))
                                .as(got.get(i).name())
                                .isTrue();
                    }
                }
            }
        });
    }

    /** A model whose documents are single tokens has nothing to score; no rank waits for another. */
    @Test
    void aPackWithoutLabelsIsSkippedByAllRanks() {
        Spread spread = everySpread().findFirst().orElseThrow();
        PackedSequence single = Packs.random(1, TinyFamilies.VOCAB, 1, 1);
        TensorScope.run(() -> {
            try (Parts parts = new Parts(spread)) {
                assertThat(parts.onEach(model -> model.forwardBackward(single, SCALE)))
                        .containsOnly(LossSum.ZERO);
                assertThat(parts.onEach(model -> model.evaluate(single))).containsOnly(LossSum.ZERO);
            }
        });
    }

    /** The models of all ranks. */
    private static final class Parts implements AutoCloseable {
        private final RankThreads ranks;
        private final List<Decoder> models;

        Parts(Spread spread) {
            ranks = RANKS.get(spread.degree());
            models = ranks.onEach(spread::part);
        }

        <T> List<T> onEach(Function<Decoder, T> body) {
            return ranks.onEach(group -> body.apply(models.get(group.rank())));
        }

        <T> T sameOnAll(Function<Decoder, T> body) {
            List<T> results = onEach(body);
            assertThat(results).containsOnly(results.get(0));
            return results.get(0);
        }

        @Override
        public void close() {
            models.forEach(Decoder::close);
        }
    }
}
