package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.training.checkpoint.FileSha256;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.launch.LaunchSpec;
import dev.packtrain.training.launch.TrainerEvent;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.model.Tensors;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.options.TrainingOptions;
import dev.packtrain.training.peft.PeftRecipe;
import dev.packtrain.training.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every {@link PeftRecipe} trains on every mesh as in one process, dropout included, and goes on from its checkpoint, on its
 * base alone.
 */
@ExtendWith(MeshLab.Shared.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PeftMeshDistributedTest {
    private static final int STEPS = 4;
    private static final int SAVED = 2;
    private static final int GLOBAL_BATCH = 4;

    private MeshTraining training;
    private Path base;
    private String baseBits;

    private record Result(List<Double> losses, List<Double> gradNorms, Path output, List<String> notices) {
        Path weightsFile() {
            return output.resolve("adapter_model.safetensors");
        }

        String weights() throws IOException {
            return FileSha256.of(weightsFile());
        }

        void mustEqual(Result one) {
            assertThat(losses).hasSameSizeAs(one.losses);
            for (int step = 0; step < losses.size(); step++) {
                assertThat(losses.get(step) / one.losses.get(step))
                        .as("loss of step %d in %s", step + 1, output)
                        .isCloseTo(1, within(MeshTraining.RELATIVE));
                assertThat(gradNorms.get(step) / one.gradNorms.get(step))
                        .as("grad_norm of step %d in %s", step + 1, output)
                        .isCloseTo(1, within(10 * MeshTraining.RELATIVE));
            }
        }
    }

    @BeforeAll
    void trainTheBase(MeshLab lab, @TempDir Path all) throws Exception {
        training = MeshTraining.of(lab, all);
        base = base(1);
        baseBits = FileSha256.of(base.resolve("model.safetensors"));
    }

    /** A model to adapt; its tokenizer is not that of the made-up data, so it has none. */
    private Path base(int steps) throws IOException, InterruptedException {
        Path trained = training.train(1, ParallelOptions.NONE, steps).output();
        Files.delete(trained.resolve("tokenizer.json"));
        return trained;
    }

    private static ParallelOptions mesh(int tensor, Sharding sharding) {
        return new ParallelOptions(tensor, false, sharding, ParallelOptions.ALL_RANKS, Offload.NONE, Recompute.NONE);
    }

    @ParameterizedTest
    @MethodSource("dev.packtrain.training.peft.PeftRecipe#onMeshes")
    void everyMeshTrainsTheSameAdapters(PeftRecipe recipe, @TempDir Path temp) throws Exception {
        Run run = new Run(recipe.meshOptions(), temp);
        Result one = run.on(1, ParallelOptions.NONE, "one");
        assertThat(one.gradNorms()).hasSize(STEPS).allMatch(norm -> norm > 0);
        assertThat(one.notices()).anyMatch(notice -> notice.contains(" trains "));
        Result sharded = run.on(2, mesh(1, Sharding.STAGE3), "stage3");
        sharded.mustEqual(one);
        Result tensor = run.on(2, mesh(2, Sharding.NONE), "tp2");
        tensor.mustEqual(one);
        Result both = run.on(4, mesh(2, Sharding.STAGE3), "tp2-stage3");
        both.mustEqual(one);
        assertThat(FileSha256.of(base.resolve("model.safetensors"))).isEqualTo(baseBits);
        for (Result result : List.of(sharded, tensor, both)) {
            assertSameAdapter(result, one);
        }
        String checkpoint = one.output().resolve("checkpoint-" + SAVED).toString();
        Result resumed = run.from(checkpoint, base, "resumed");
        assertThat(resumed.losses()).isEqualTo(one.losses().subList(SAVED, STEPS));
        assertThat(resumed.weights()).isEqualTo(one.weights());
    }

    /** Same names, shapes and numbers wherever it was trained, and no tensor of the base. */
    private static void assertSameAdapter(Result result, Result one) throws IOException {
        Path output = result.output();
        assertThat(output.resolve("model.safetensors")).doesNotExist();
        assertThat(output.resolve("adapter_config.json"))
                .hasSameTextualContentAs(one.output().resolve("adapter_config.json"));
        assertThat(new ObjectMapper()
                        .readTree(output.resolve("generation_config.json").toFile())
                        .path("eos_token_id")
                        .isInt())
                .isTrue();
        Map<?, ?> summary =
                new ObjectMapper().readValue(Files.readString(output.resolve("train_results.json")), Map.class);
        assertThat((Double) summary.get("trained_share")).isBetween(0.001, 0.5);
        try (SafetensorsFile file = SafetensorsFile.open(result.weightsFile());
                SafetensorsFile expected = SafetensorsFile.open(one.weightsFile())) {
            assertThat(file.tensors().keySet())
                    .containsExactlyElementsOf(expected.tensors().keySet());
            for (String name : expected.tensors().keySet()) {
                double error = TensorScope.value(() -> {
                    Tensor got = file.read(name);
                    Tensor wanted = expected.read(name);
                    return got.equal(wanted) ? 0 : Tensors.relativeError(got, wanted); // all may be zero
                });
                // AdamW's first steps are of the size of the learning rate whatever the gradient: noise shows.
                assertThat(error).as("%s in %s", name, output).isLessThan(0.05);
            }
        }
    }

    @Test
    void rerunsAreTheSameBitsAndReplicasTrainTheSameToo(@TempDir Path temp) throws Exception {
        Run run = new Run(lora().meshOptions(), temp);
        Result one = run.on(1, ParallelOptions.NONE, "one");
        run.on(2, ParallelOptions.NONE, "dp2").mustEqual(one);
        Result both = run.on(4, mesh(2, Sharding.STAGE3), "tp2-stage3");
        assertThat(run.on(4, mesh(2, Sharding.STAGE3), "again").weights()).isEqualTo(both.weights());
    }

    @Test
    void aCheckpointIsRefusedOnAnotherBase(@TempDir Path temp) throws Exception {
        Run run = new Run(lora().meshOptions(), temp);
        Path checkpoint = run.on(1, ParallelOptions.NONE, "whole").output().resolve("checkpoint-" + SAVED);
        Path other = base(2);
        assertThatThrownBy(() -> run.from(checkpoint.toString(), other, "other"))
                .hasMessageContaining("trained on another base model");
    }

    private static PeftRecipe lora() {
        return PeftRecipe.all().findFirst().orElseThrow();
    }

    /** Runs of one recipe. */
    private final class Run {
        private final PeftOptions peft;
        private final Path temp;

        Run(PeftOptions peft, Path temp) {
            this.peft = peft;
            this.temp = temp;
        }

        Result on(int worldSize, ParallelOptions parallel, String name) throws IOException, InterruptedException {
            return run(base, worldSize, parallel, temp.resolve(name), "");
        }

        Result from(String checkpoint, Path itsBase, String name) throws IOException, InterruptedException {
            return run(itsBase, 1, ParallelOptions.NONE, temp.resolve(name), checkpoint);
        }

        private Result run(Path itsBase, int worldSize, ParallelOptions parallel, Path output, String resume)
                throws IOException, InterruptedException {
            TrainingOptions options = options(itsBase, worldSize, parallel, resume);
            List<LaunchSpec> specs = IntStream.range(0, worldSize)
                    .mapToObj(rank -> training.spec(rank, worldSize, options, output))
                    .toList();
            MeshLab.RankOutcome zero =
                    training.lab().run(TrainTask.class, specs).get(0);
            List<TrainerEvent.Step> steps = zero.events(TrainerEvent.Step.class);
            return new Result(
                    steps.stream().map(step -> step.metrics().get("loss")).toList(),
                    steps.stream().map(step -> step.metrics().get("grad_norm")).toList(),
                    output,
                    zero.events(TrainerEvent.Notice.class).stream()
                            .map(TrainerEvent.Notice::message)
                            .toList());
        }

        private TrainingOptions options(Path itsBase, int worldSize, ParallelOptions parallel, String resume) {
            int accumulation = GLOBAL_BATCH / DeviceMesh.of(worldSize, parallel).numDataRanks();
            TrainingOptions tiny = TinyOptions.of(1, accumulation, STEPS)
                    .saving(worldSize == 1 ? SAVED : 0, 0, resume, false)
                    .parallel(parallel)
                    .withConfig("unused");
            return new TrainingOptions(
                    new ModelOptions(
                            itsBase.toString(), null, Map.of(), tiny.model().attention(), peft),
                    tiny.batch(),
                    tiny.optimizer(),
                    tiny.schedule(),
                    tiny.precision(),
                    tiny.saving(),
                    tiny.logging(),
                    tiny.parallel());
        }
    }
}
