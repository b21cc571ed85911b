package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.collectives.RankThreads;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.parallel.TensorParallel;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a plan counts from shapes alone is what a run makes: of every method, in every part of the model, on every tensor rank. */
class PlannedElementsTest {
    @ParameterizedTest
    @MethodSource("dev.packtrain.training.peft.PeftRecipe#all")
    void whatIsMadeWasPlanned(PeftRecipe recipe) {
        DecoderConfig config = DecoderConfig.read(recipe.baseDir(), Map.of());
        for (int degree : new int[] {1, 2}) {
            try (RankThreads ranks = new RankThreads(degree)) {
                ranks.onEach(group -> {
                    DecoderBuilder builder = recipe.builder(ScalarType.Float);
                    if (degree > 1) {
                        builder.share(TensorParallel.share(config, group, false));
                    }
                    try (AdaptedModel model = Adapters.of(recipe.options(), 7).load(builder, recipe.baseDir())) {
                        assertPlanned(model, new RankShape(config, degree));
                    }
                    return null;
                });
            }
        }
    }

    private static void assertPlanned(AdaptedModel model, RankShape rank) {
        Adapters adapters = model.adapters();
        Adaptation adaptation = adapters.adaptation();
        List<List<Parameter>> parts = model.parts();
        int numBlocks = rank.model().numHiddenLayers();
        for (int part = 0; part <= numBlocks; part++) {
            assertThat(adaptation.numTrainedElements(rank, part))
                    .as("part %d of degree %d", part, rank.tensor())
                    .hasValue(trained(parts.get(part)));
        }
        assertThat(parts.get(numBlocks + 1)).noneMatch(Parameter::isTrained);
        if (rank.tensor() == 1) {
            assertThat(LongStream.rangeClosed(0, numBlocks)
                            .map(part -> adaptation
                                    .numTrainedElements(rank, (int) part)
                                    .orElseThrow())
                            .sum())
                    .isEqualTo(adapters.numTrainedElements());
        }
    }

    private static long trained(List<Parameter> parameters) {
        return parameters.stream()
                .filter(Parameter::isTrained)
                .mapToLong(parameter -> parameter.tensor().numel())
                .sum();
    }
}
