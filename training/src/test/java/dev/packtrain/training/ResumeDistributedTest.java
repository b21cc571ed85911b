package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.checkpoint.Durable;
import dev.packtrain.training.options.OptimizerOptions;
import dev.packtrain.training.options.ScheduleOptions;
import dev.packtrain.training.options.TrainingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Runs that go on from a checkpoint: with the same ranks to the bit, with others, past a broken one, or not at all. */
@ExtendWith(MeshLab.Shared.class)
class ResumeDistributedTest {
    @TempDir
    Path temp;

    private Path data;
    private Path output;
    private MeshTraining training;

    @BeforeEach
    void prepare(MeshLab lab) throws IOException {
        data = TinyData.write(temp.resolve("data"), 20);
        output = temp.resolve("model");
        training = new MeshTraining(lab, temp, data, TinyData.writeConfig(temp), Map.of(), 4, "cpu");
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
        MeshTraining.Result whole = training.train(worldSize, options, output);
        Path resumed = temp.resolve("resumed");
        Files.createDirectories(resumed);
        // What a run that was killed in a later step leaves: a checkpoint of step 4, and later metrics records.
        copy(output.resolve("checkpoint-4"), resumed.resolve("checkpoint-4"));
        List<String> records = Files.readAllLines(output.resolve("metrics.jsonl"));
        Files.write(resumed.resolve("metrics.jsonl"), records.subList(0, records.size() - 1));
        MeshTraining.Result rest = training.train(worldSize, options.saving(4, 1, "true", false), resumed);
        assertThat(rest.losses()).isEqualTo(whole.losses().subList(4, 8));
        assertThat(rest.gradNorms()).isEqualTo(whole.gradNorms().subList(4, 8));
        assertThat(rest.notices())
                .anyMatch(notice -> notice.startsWith("Resumed from " + resumed.resolve("checkpoint-4")));
        assertThat(resumed.resolve("model.safetensors")).hasSameBinaryContentAs(output.resolve("model.safetensors"));
        assertThat(resumed.resolve("checkpoint-4")).doesNotExist();
        assertThat(column(resumed, "loss")).isEqualTo(column(output, "loss"));
    }

    @Test
    void aRunMayGoOnWithAnotherNumberOfRanks() throws Exception {
        MeshTraining.Result whole = training.train(2, TinyOptions.of(1, 2, 6).saving(3, 0, "", false), output);
        String from = output.resolve("checkpoint-3").toString();
        MeshTraining.Result rest = training.train(
                1, TinyOptions.of(1, 4, 6).saving(0, 0, from, false), Files.createDirectories(temp.resolve("resumed")));
        assertThat(rest.losses()).hasSize(3);
        for (int s = 0; s < 3; s++) {
            assertThat(rest.losses().get(s) / whole.losses().get(3 + s)).isCloseTo(1, within(1e-6));
        }
        assertThatThrownBy(() ->
                        training.train(1, TinyOptions.of(1, 1, 6).saving(0, 0, from, false), temp.resolve("other")))
                .isInstanceOf(MeshLab.CaseFailure.class)
                .hasMessageContaining(BadInputException.class.getName())
                .hasMessageContaining("4 packs a step, this run has 1")
                .hasMessageContaining("resume with gradient_accumulation_steps 4");
    }

    @Test
    void whatTheRecipeChangesIsToldAndCounts() throws Exception {
        TinyOptions options = TinyOptions.of(1, 2, 4).saving(2, 0, "", false);
        training.train(1, options, output);
        TrainingOptions same = options.saving(
                        2, 0, output.resolve("checkpoint-2").toString(), false)
                .withConfig(training.config().toString());
        TrainingOptions changed = new TrainingOptions(
                same.model(),
                same.batch(),
                new OptimizerOptions(2e-2, 0.1, 0.9, 0.95, 1e-8, 1.0, false),
                new ScheduleOptions(ScheduleOptions.Type.CONSTANT_WITH_WARMUP, 2, 0),
                same.precision(),
                same.saving(),
                same.logging(),
                same.parallel());
        assertThat(training.train(1, same, output).notices())
                .noneMatch(notice -> notice.contains("up to there"))
                .contains(
                        "%s holds checkpoint-4, beyond step 2 and not of this run: resume_from_checkpoint true would take the newest of them. Move them away."
                                .formatted(output));
        List<Double> rates = column(output, "learning_rate");
        assertThat(training.train(1, changed, output).notices())
                .contains(
                        "learning_rate is 0.02 from step 3 on; up to there it was 0.01.",
                        "lr_scheduler_type is constant_with_warmup from step 3 on; up to there it was cosine.")
                .filteredOn(notice -> notice.contains("up to there"))
                .hasSize(2);
        assertThat(column(output, "learning_rate")).containsExactly(rates.get(0), rates.get(1), 0.02, 0.02);
    }

    @Test
    void aRunOfAnotherDirectoryDoesNotGoOnAmongTheResultsOfThisOne() throws Exception {
        training.train(1, TinyOptions.of(1, 2, 2).saving(1, 0, "", false), output);
        Path other = temp.resolve("other");
        training.train(1, TinyOptions.of(1, 2, 3).saving(3, 0, "", false), other);
        String from = output.resolve("checkpoint-1").toString();
        TinyOptions options = TinyOptions.of(1, 2, 3).saving(0, 0, from, false);
        assertThatThrownBy(() -> training.train(1, options, other))
                .hasMessageContaining("already holds a finished model (model.safetensors)")
                .hasMessageContaining("choose another output_dir");
        Files.delete(other.resolve("model.safetensors"));
        assertThatThrownBy(() -> training.train(1, options, other))
                .hasMessageContaining("already holds checkpoint-3 of an earlier run")
                .hasMessageContaining("set resume_from_checkpoint to true to continue what is here");
        Durable.delete(other.resolve("checkpoint-3"));
        assertThat(training.train(1, options, other).losses()).hasSize(2);
        // Nothing of what was there is left in the log.
        assertThat(column(other, "step")).containsExactly(2.0, 3.0);
    }

    @Test
    void aBrokenCheckpointIsPassedOverWithANotice() throws Exception {
        TinyOptions options = TinyOptions.of(1, 1, 3).saving(1, 0, "true", false);
        training.train(1, options, output);
        Path weights = output.resolve("checkpoint-3/state-00000-of-00001.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 1] ^= 1;
        Files.write(weights, bytes);
        assertThat(training.train(1, options, output).notices())
                .anySatisfy(message -> assertThat(message)
                        .contains("checkpoint-3")
                        .contains("state-00000-of-00001.safetensors has another SHA-256"))
                .anySatisfy(message -> assertThat(message).contains("checkpoint-2: 2 of 3 steps are done"))
                .noneMatch(message -> message.contains("not of this run"));
        TinyData.write(data, 19);
        assertThatThrownBy(() -> training.train(1, options, output))
                .isInstanceOf(MeshLab.CaseFailure.class)
                .hasMessageContaining(BadInputException.class.getName())
                .hasMessageContaining("was trained on another data set");
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
