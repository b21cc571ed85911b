package dev.packtrain.jobs.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.parallel.TensorParallel;
import dev.packtrain.training.parallel.TensorParallelRules;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The count is that of the model that is built, part by part, on every rank of every degree. */
class ParameterCountTest {
    @TempDir
    Path dir;

    @Test
    void theCountIsThatOfTheModelOnTheRankWithMost() {
        SmallModels.all(dir).forEach(config -> {
            assertThat(TensorParallelRules.degrees(config)).contains(1, 2, 4, 8);
            for (int degree : TensorParallelRules.degrees(config)) {
                ParameterCount count = ParameterCount.of(config, degree);
                long most = 0;
                for (int rank = 0; rank < degree; rank++) {
                    most = Math.max(most, compare(config, count, new SilentGroup(rank, degree)));
                }
                assertThat(most).as("%s over %d", config, degree).isEqualTo(count.total());
            }
        });
    }

    /** The parts of a rank are at most as large, but for the vocabulary as large; returns all of it. */
    private static long compare(DecoderConfig config, ParameterCount count, SilentGroup group) {
        try (Decoder model = new DecoderBuilder(config)
                .share(TensorParallel.share(config, group, false))
                .fromScratch(1)) {
            List<List<Parameter>> parts = model.parts();
            assertThat(elements(parts.get(0))).isBetween(count.embedding() - config.hiddenSize(), count.embedding());
            for (int block = 1; block <= count.numBlocks(); block++) {
                assertThat(elements(parts.get(block))).isEqualTo(count.block());
            }
            return parts.stream().mapToLong(ParameterCountTest::elements).sum();
        }
    }

    private static long elements(List<Parameter> parameters) {
        return parameters.stream()
                .mapToLong(parameter -> parameter.tensor().numel())
                .sum();
    }

    /** Published sizes: of Llama 2 7B, Qwen2.5 0.5B (tied) and Qwen3 8B. */
    @Test
    void knownModelsHaveTheirKnownSizes() {
        assertThat(ParameterCount.of(KnownModels.LLAMA_2_7B, 1).total()).isEqualTo(6_738_415_616L);
        assertThat(ParameterCount.of(KnownModels.QWEN_2_5_HALF_B, 1).total()).isEqualTo(494_032_768L);
        assertThat(ParameterCount.of(KnownModels.QWEN_3_8B, 1).total()).isEqualTo(8_190_735_360L);
    }
}
