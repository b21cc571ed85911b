package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.training.checkpoint.FileSha256;
import dev.packtrain.training.launch.HeldOutData;
import dev.packtrain.training.launch.LaunchSpec;
import dev.packtrain.training.launch.TrainerEvent;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.options.EvaluationOptions;
import dev.packtrain.training.options.EvaluationOptions.Strategy;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.options.TrainingOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Evaluations while training are the same on every mesh, and leave what is trained as it is. */
@ExtendWith(MeshLab.Shared.class)
class EvaluationMeshDistributedTest {
    private static final int STEPS = 5;
    private static final int GLOBAL_BATCH = 4;
    /** An odd number, so that with several data ranks one has no pack in the last round. */
    private static final int HELD_OUT_PACKS = 7;

    /** Of the losses, whose weights differ by the order of sums. */
    private static final double RELATIVE = 1e-6;

    private static final EvaluationOptions EVERY_SECOND = new EvaluationOptions(Strategy.STEPS, 2, 0);

    @TempDir
    Path temp;

    private record Result(List<Map<String, Double>> records, Path output) {
        List<Integer> steps() {
            return records.stream().map(values -> values.get("step").intValue()).toList();
        }

        void mustEqual(Result one) {
            assertThat(steps()).isEqualTo(one.steps());
            for (int i = 0; i < records.size(); i++) {
                assertThat(records.get(i).get("eval_loss") / one.records.get(i).get("eval_loss"))
                        .isCloseTo(1, within(RELATIVE));
                for (String count : List.of("eval_label_tokens", "eval_samples")) {
                    assertThat(records.get(i))
                            .containsEntry(count, one.records.get(i).get(count));
                }
            }
        }
    }

    @Test
    void everyMeshFindsTheSameLossAndTrainsOnAsIfNothingHadBeen(MeshLab lab) throws Exception {
        MeshTraining training = MeshTraining.of(lab, temp);
        Result one = run(training, MeshLayout.ONE, EVERY_SECOND, Optional.empty());
        assertThat(one.steps()).containsExactly(2, 4, 5);
        assertThat(one.records().get(2).get("eval_loss"))
                .isLessThan(one.records().get(0).get("eval_loss"));
        Map<?, ?> summary =
                new ObjectMapper().readValue(Files.readString(one.output().resolve("train_results.json")), Map.class);
        assertThat(summary.get("eval_loss")).isEqualTo(one.records().get(2).get("eval_loss"));
        assertThat(summary.get("eval_ppl")).isEqualTo(one.records().get(2).get("eval_ppl"));
        for (MeshLayout layout : List.of(
                MeshLayout.of(2, 1, 1, Sharding.NONE, false),
                MeshLayout.of(1, 2, 1, Sharding.STAGE1, false),
                MeshLayout.of(1, 2, 1, Sharding.STAGE2, false),
                MeshLayout.of(1, 1, 2, Sharding.NONE, true),
                MeshLayout.of(1, 2, 2, Sharding.STAGE3, false))) {
            Result evaluated = run(training, layout, EVERY_SECOND, Optional.empty());
            evaluated.mustEqual(one);
            Result plain = run(training, layout, EvaluationOptions.NONE, Optional.empty());
            assertThat(plain.records()).isEmpty();
            assertThat(weights(evaluated)).as("%s", layout).isEqualTo(weights(plain));
        }
    }

    @Test
    void adaptersAreEvaluatedWithoutDropoutAndOnAShareOfTheData(MeshLab lab) throws Exception {
        MeshTraining training = MeshTraining.of(lab, temp);
        Path base = run(training, MeshLayout.ONE, EvaluationOptions.NONE, Optional.empty())
                .output();
        Files.delete(base.resolve("tokenizer.json"));
        // An epoch has 21 packs, which are 6 steps: the end of the run alone.
        EvaluationOptions atTheEnd = new EvaluationOptions(Strategy.EPOCH, 1, 5);
        Result one = run(training, MeshLayout.ONE, atTheEnd, Optional.of(base));
        assertThat(one.steps()).containsExactly(STEPS);
        assertThat(one.records().get(0)).containsEntry("eval_samples", 5.0);
        run(training, MeshLayout.of(1, 2, 1, Sharding.STAGE3, false), atTheEnd, Optional.of(base))
                .mustEqual(one);
        run(training, MeshLayout.of(2, 1, 2, Sharding.NONE, false), atTheEnd, Optional.of(base))
                .mustEqual(one);
    }

    private static String weights(Result result) throws Exception {
        return FileSha256.of(result.output().resolve("model.safetensors"));
    }

    private Result run(MeshTraining training, MeshLayout layout, EvaluationOptions evaluation, Optional<Path> base)
            throws Exception {
        Path output = temp.resolve("model-" + System.nanoTime());
        Path heldOut = temp.resolve("held-out");
        if (!Files.exists(heldOut)) {
            TinyData.write(heldOut, HELD_OUT_PACKS);
        }
        TrainingOptions options = options(training, layout, evaluation, base);
        List<LaunchSpec> specs = IntStream.range(0, layout.worldSize())
                .mapToObj(rank -> training.spec(rank, layout.worldSize(), options, output))
                .map(spec -> evaluation.present() ? spec.with(new HeldOutData(heldOut.toString(), 1)) : spec)
                .toList();
        return new Result(
                training.lab().run(TrainTask.class, specs).get(0).events(TrainerEvent.Evaluation.class).stream()
                        .map(TrainerEvent.Evaluation::metrics)
                        .filter(metrics -> !metrics.isEmpty())
                        .toList(),
                output);
    }

    private static TrainingOptions options(
            MeshTraining training, MeshLayout layout, EvaluationOptions evaluation, Optional<Path> base) {
        int accumulation = GLOBAL_BATCH
                / DeviceMesh.of(layout.worldSize(), layout.parallel()).numDataRanks();
        TrainingOptions tiny = TinyOptions.of(1, accumulation, STEPS)
                .parallel(layout.parallel())
                .withConfig(training.config().toString());
        ModelOptions model = base.map(dir -> new ModelOptions(
                        dir.toString(),
                        null,
                        Map.of(),
                        tiny.model().attention(),
                        new PeftOptions("lora", Map.of("lora_rank", 4, "lora_dropout", 0.5), null)))
                .orElse(tiny.model());
        return new TrainingOptions(
                model,
                tiny.batch(),
                tiny.optimizer(),
                tiny.schedule(),
                tiny.precision(),
                tiny.saving(),
                tiny.logging(),
                tiny.parallel(),
                evaluation);
    }
}
