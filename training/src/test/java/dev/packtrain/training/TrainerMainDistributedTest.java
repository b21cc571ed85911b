package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.training.checkpoint.Durable;
import dev.packtrain.training.launch.TrainerEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real training processes over Gloo. */
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

    @Test
    void aResumedRunRepeatsTheUninterruptedOneBitForBit() throws Exception {
        TinyOptions options = TinyOptions.of(1, 2, 8).saving(4, 0, "", false);
        resumeEquals(options, 2);
    }

    @Test
    void bf16ResumesBitForBitToo() throws Exception {
        // Records of steps 3, 6 and 8: the checkpoint of step 4 falls between them.
        TinyOptions options =
                TinyOptions.of(1, 2, 8).bf16().saving(4, 0, "", false).logging(3);
        resumeEquals(options, 1);
    }

    private void resumeEquals(TinyOptions options, int worldSize) throws Exception {
        List<Double> losses;
        List<Double> norms;
        try (TrainerRun run = TrainerRun.start(temp, data, output, options, worldSize)) {
            run.mustSucceed();
            losses = run.figures("loss");
            norms = run.figures("grad_norm");
        }
        Path resumed = temp.resolve("resumed");
        Files.createDirectories(resumed);
        // What a run that was killed in a later step leaves: a checkpoint of step 4, and later metrics records.
        copy(output.resolve("checkpoint-4"), resumed.resolve("checkpoint-4"));
        List<String> records = Files.readAllLines(output.resolve("metrics.jsonl"));
        Files.write(resumed.resolve("metrics.jsonl"), records.subList(0, records.size() - 1));
        TinyOptions resume = options.saving(4, 1, "true", false);
        try (TrainerRun run = TrainerRun.start(temp, data, resumed, resume, worldSize)) {
            run.mustSucceed();
            assertThat(run.figures("loss")).isEqualTo(losses.subList(4, 8));
            assertThat(run.figures("grad_norm")).isEqualTo(norms.subList(4, 8));
            assertThat(run.rank(0).seen(TrainerEvent.Started.class).get(0).startStep())
                    .isEqualTo(4);
        }
        assertThat(resumed.resolve("model.safetensors")).hasSameBinaryContentAs(output.resolve("model.safetensors"));
        assertThat(resumed.resolve("checkpoint-4")).doesNotExist();
        assertThat(column(resumed, "loss")).isEqualTo(column(output, "loss"));
    }

    @Test
    void aRunMayGoOnWithAnotherNumberOfRanks() throws Exception {
        List<Double> losses;
        try (TrainerRun run =
                TrainerRun.start(temp, data, output, TinyOptions.of(1, 2, 6).saving(3, 0, "", false), 2)) {
            run.mustSucceed();
            losses = run.figures("loss");
        }
        Path resumed = temp.resolve("resumed");
        Files.createDirectories(resumed);
        String from = output.resolve("checkpoint-3").toString();
        try (TrainerRun run =
                TrainerRun.start(temp, data, resumed, TinyOptions.of(1, 4, 6).saving(0, 0, from, false), 1)) {
            run.mustSucceed();
            List<Double> later = run.figures("loss");
            assertThat(later).hasSize(3);
            for (int s = 0; s < 3; s++) {
                assertThat(later.get(s) / losses.get(3 + s)).isCloseTo(1, within(1e-6));
            }
        }
        try (TrainerRun run = TrainerRun.start(
                temp, data, temp.resolve("other"), TinyOptions.of(1, 1, 6).saving(0, 0, from, false), 1)) {
            assertThat(run.exitCodes()).containsExactly(2);
            assertThat(run.failures().get(0).message())
                    .contains("4 packs a step, this run has 1")
                    .contains("resume with gradient_accumulation_steps 4");
        }
    }

    @Test
    void aBrokenCheckpointIsPassedOverWithANotice() throws Exception {
        TinyOptions options = TinyOptions.of(1, 1, 3).saving(1, 0, "true", false);
        try (TrainerRun run = TrainerRun.start(temp, data, output, options, 1)) {
            run.mustSucceed();
        }
        Path weights = output.resolve("checkpoint-3/state-00000-of-00001.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 1] ^= 1;
        Files.write(weights, bytes);
        try (TrainerRun run = TrainerRun.start(temp, data, output, options, 1)) {
            run.mustSucceed();
            assertThat(run.rank(0).seen(TrainerEvent.Notice.class))
                    .extracting(TrainerEvent.Notice::message)
                    .anySatisfy(message -> assertThat(message)
                            .contains("checkpoint-3")
                            .contains("state-00000-of-00001.safetensors has another SHA-256"))
                    .anySatisfy(message -> assertThat(message).contains("checkpoint-2: 2 of 3 steps are done"));
        }
        TinyData.write(data, 19);
        try (TrainerRun run = TrainerRun.start(temp, data, output, options, 1)) {
            assertThat(run.exitCodes()).containsExactly(2);
            assertThat(run.failures().get(0).message()).contains("was trained on another data set");
        }
    }

    private static List<Double> column(Path dir, String name) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        List<Double> values = new ArrayList<>();
        for (String line : Files.readAllLines(dir.resolve("metrics.jsonl"))) {
            values.add(mapper.readTree(line).get(name).asDouble());
        }
        return values;
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        for (Path file : Durable.filesBelow(from)) {
            Files.copy(file, to.resolve(file.getFileName()));
        }
    }
}
