package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.training.checkpoint.FileSha256;
import dev.packtrain.training.launch.LaunchSpec;
import dev.packtrain.training.launch.TrainerEvent;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.options.TrainingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Adapters train on every mesh as in one process, dropout included; a run goes on from its checkpoint, on its base alone. */
@ExtendWith(MeshLab.Shared.class)
class LoraMeshDistributedTest {
    private static final int STEPS = 8;
    private static final int GLOBAL_BATCH = 4;
    private static final Map<String, Object> SETTINGS =
            Map.of("lora_rank", 4, "lora_dropout", 0.1, "lora_plus_scale", 4.0);

    @TempDir
    Path temp;

    private record Result(List<Double> losses, List<Double> gradNorms, Path output, List<String> notices) {
        String weights() throws IOException {
            return FileSha256.of(output.resolve("adapter_model.safetensors"));
        }

        void mustEqual(Result one) {
            assertThat(losses).hasSameSizeAs(one.losses);
            for (int step = 0; step < losses.size(); step++) {
                assertThat(losses.get(step) / one.losses.get(step))
                        .as("loss of step %d", step + 1)
                        .isCloseTo(1, within(MeshTraining.RELATIVE));
                assertThat(gradNorms.get(step) / one.gradNorms.get(step))
                        .as("grad_norm of step %d", step + 1)
                        .isCloseTo(1, within(10 * MeshTraining.RELATIVE));
            }
        }
    }

    /** A model to adapt; its tokenizer is not that of the made-up data, so it has none. */
    private static Path base(MeshTraining training, int steps) throws IOException, InterruptedException {
        Path base = training.train(1, ParallelOptions.NONE, steps).output();
        Files.delete(base.resolve("tokenizer.json"));
        return base;
    }

    private static ParallelOptions mesh(int tensor, Sharding sharding) {
        return new ParallelOptions(tensor, false, sharding, ParallelOptions.ALL_RANKS, Offload.NONE, Recompute.NONE);
    }

    @Test
    void everyMeshTrainsTheSameAdapters(MeshLab lab) throws Exception {
        MeshTraining training = MeshTraining.of(lab, temp);
        Path base = base(training, 1);
        String baseBits = FileSha256.of(base.resolve("model.safetensors"));
        Result one = lora(training, base, 1, ParallelOptions.NONE, "one");
        assertThat(one.losses().get(STEPS - 1)).isLessThan(one.losses().get(0) - 0.05);
        assertThat(one.notices()).anyMatch(notice -> notice.startsWith("lora trains "));
        lora(training, base, 2, ParallelOptions.NONE, "dp2").mustEqual(one);
        Result sharded = lora(training, base, 2, mesh(1, Sharding.STAGE3), "stage3");
        sharded.mustEqual(one);
        Result tensor = lora(training, base, 2, mesh(2, Sharding.NONE), "tp2");
        tensor.mustEqual(one);
        Result both = lora(training, base, 4, mesh(2, Sharding.STAGE3), "tp2-stage3");
        both.mustEqual(one);
        assertThat(lora(training, base, 4, mesh(2, Sharding.STAGE3), "again").weights())
                .isEqualTo(both.weights());
        assertThat(FileSha256.of(base.resolve("model.safetensors"))).isEqualTo(baseBits);
        for (Result result : List.of(one, sharded, tensor, both)) {
            assertOnlyAdapters(result.output(), one.output());
        }
    }

    /** Same names and whole shapes wherever it was trained, and no tensor of the base. */
    private static void assertOnlyAdapters(Path output, Path one) throws IOException {
        assertThat(output.resolve("model.safetensors")).doesNotExist();
        assertThat(output.resolve("adapter_config.json")).hasSameTextualContentAs(one.resolve("adapter_config.json"));
        assertThat(Files.size(output.resolve("adapter_model.safetensors")))
                .isEqualTo(Files.size(one.resolve("adapter_model.safetensors")));
        Map<?, ?> summary =
                new ObjectMapper().readValue(Files.readString(output.resolve("train_results.json")), Map.class);
        assertThat((Double) summary.get("trained_share")).isBetween(0.05, 0.5);
    }

    @Test
    void aRunGoesOnFromItsCheckpointAndOnItsBaseAlone(MeshLab lab) throws Exception {
        MeshTraining training = MeshTraining.of(lab, temp);
        Path base = base(training, 1);
        Path other = base(training, 2);
        Result whole = lora(training, base, 1, ParallelOptions.NONE, "whole");
        Path checkpoint = whole.output().resolve("checkpoint-4");
        assertThat(checkpoint).isDirectory();
        String resume = checkpoint.toString();
        Result resumed = run(training, base, 1, ParallelOptions.NONE, temp.resolve("resumed"), resume);
        assertThat(resumed.losses()).isEqualTo(whole.losses().subList(4, STEPS));
        assertThat(resumed.weights()).isEqualTo(whole.weights());
        assertThatThrownBy(() -> run(training, other, 1, ParallelOptions.NONE, temp.resolve("other"), resume))
                .hasMessageContaining("trained on another base model");
    }

    private Result lora(MeshTraining training, Path base, int worldSize, ParallelOptions parallel, String name)
            throws IOException, InterruptedException {
        return run(training, base, worldSize, parallel, temp.resolve(name), "");
    }

    private static Result run(
            MeshTraining training, Path base, int worldSize, ParallelOptions parallel, Path output, String resume)
            throws IOException, InterruptedException {
        int accumulation = GLOBAL_BATCH / DeviceMesh.of(worldSize, parallel).numDataRanks();
        TrainingOptions tiny = TinyOptions.of(1, accumulation, STEPS)
                .saving(4, 0, resume, false)
                .parallel(parallel)
                .withConfig("unused");
        TrainingOptions options = new TrainingOptions(
                new ModelOptions(
                        base.toString(),
                        null,
                        Map.of(),
                        tiny.model().attention(),
                        new PeftOptions("lora", SETTINGS, null)),
                tiny.batch(),
                tiny.optimizer(),
                tiny.schedule(),
                tiny.precision(),
                tiny.saving(),
                tiny.logging(),
                tiny.parallel());
        List<LaunchSpec> specs = IntStream.range(0, worldSize)
                .mapToObj(rank -> training.spec(rank, worldSize, options, output))
                .toList();
        MeshLab.RankOutcome zero = training.lab().run(TrainTask.class, specs).get(0);
        List<TrainerEvent.Step> steps = zero.events(TrainerEvent.Step.class);
        return new Result(
                steps.stream().map(step -> step.metrics().get("loss")).toList(),
                steps.stream().map(step -> step.metrics().get("grad_norm")).toList(),
                output,
                zero.events(TrainerEvent.Notice.class).stream()
                        .map(TrainerEvent.Notice::message)
                        .toList());
    }
}
