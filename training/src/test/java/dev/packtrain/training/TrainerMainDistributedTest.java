package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.training.launch.TrainerEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real training processes from their start to their end; what runs do in between is tested in the {@link MeshLab}. */
class TrainerMainDistributedTest {
    @TempDir
    Path temp;

    private Path data;
    private Path output;

    @BeforeEach
    void prepare() throws IOException {
        data = TinyData.write(temp.resolve("data"), 20);
        output = temp.resolve("model");
    }

    @Test
    void twoRanksEqualOneAndLeaveAModel() throws Exception {
        List<Double> one;
        try (TrainerRun run = TrainerRun.start(temp, data, temp.resolve("one"), TinyOptions.of(2, 2, 6), 1)) {
            run.mustSucceed();
            one = run.figures("loss");
        }
        try (TrainerRun run = TrainerRun.start(temp, data, output, TinyOptions.of(2, 1, 6), 2)) {
            run.mustSucceed();
            assertThat(run.rank(0).seen(TrainerEvent.Notice.class))
                    .extracting(TrainerEvent.Notice::message)
                    .filteredOn(message -> message.startsWith("Attention is computed by flash-mask-cpu"))
                    .as("which kernel and why, once")
                    .hasSize(1);
            List<Double> two = run.figures("loss");
            assertThat(two).hasSize(6);
            for (int s = 0; s < 6; s++) {
                assertThat(two.get(s) / one.get(s)).isCloseTo(1, within(1e-5));
            }
            assertThat(run.rank(0).seen(TrainerEvent.Finished.class))
                    .singleElement()
                    .satisfies(finished -> {
                        assertThat(finished.summary())
                                .containsKeys("train_loss", "train_runtime", "target_unigram_loss");
                        assertThat(finished.steps()).isEqualTo(6);
                    });
            assertThat(run.rank(1).seen(TrainerEvent.Step.class)).hasSize(6);
        }
        assertThat(output.resolve("metrics.jsonl")).exists();
        assertThat(Files.readAllLines(output.resolve("metrics.jsonl"))).hasSize(6);
        assertThat(output)
                .isDirectoryContaining("glob:**/model.safetensors")
                .isDirectoryContaining("glob:**/config.json")
                .isDirectoryContaining("glob:**/generation_config.json")
                .isDirectoryContaining("glob:**/tokenizer.json")
                .isDirectoryContaining("glob:**/recipe.json")
                .isDirectoryContaining("glob:**/train_results.json")
                .isDirectoryNotContaining("glob:**/.*");
    }
}
