package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.packtrain.training.checkpoint.FileSha256;
import dev.packtrain.training.checkpoint.ModelExport;
import dev.packtrain.training.launch.LaunchSpec;
import dev.packtrain.training.launch.TrainerEvent;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.TrainingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Whole training runs of a tiny model in a {@link MeshLab}, on any mesh of up to four ranks, all on the same global batches.
 *
 * @param temp where outputs go
 * @param data prepared data
 * @param config {@code config.json} of the model
 * @param overrides entries of it to replace
 * @param globalBatch packs of a step, the same on every mesh
 * @param device {@code cpu} or {@code cuda}
 */
record MeshTraining(
        MeshLab lab, Path temp, Path data, Path config, Map<String, String> overrides, int globalBatch, String device) {
    /** Of fp32 runs that differ in the order of their sums only: losses do by 2e-8 in 20 steps, norms by 2e-7. */
    static final double RELATIVE = 1e-5;

    private static final int MICROBATCHES = 2;

    /** Packs of {@link #of}'s data: with a global batch of 8, the third step of an epoch has 5. */
    static final int NUM_PACKS = 21;

    /** The tiny Llama of {@link TinyData}, 8 packs a step. */
    static MeshTraining of(MeshLab lab, Path temp) throws IOException {
        return new MeshTraining(
                lab,
                temp,
                TinyData.write(temp.resolve("data"), NUM_PACKS),
                TinyData.writeConfig(temp),
                Map.of(),
                8,
                "cpu");
    }

    /** Another model: entries of {@code config.json} to replace. */
    MeshTraining with(Map<String, String> newOverrides) {
        return new MeshTraining(lab, temp, data, config, newOverrides, globalBatch, device);
    }

    /** The same on another device. */
    MeshTraining on(String newDevice) {
        return new MeshTraining(lab, temp, data, config, overrides, globalBatch, newDevice);
    }

    /**
     * A run, as rank 0 tells it.
     *
     * @param losses of every step that this run made
     * @param gradNorms of every step
     * @param exampleIds of every step, over all ranks, sorted
     * @param output what it wrote
     * @param notices what it said
     */
    record Result(
            List<Double> losses, List<Double> gradNorms, List<long[]> exampleIds, Path output, List<String> notices) {
        /** Hash of the exported weights. */
        String weights() throws IOException {
            return FileSha256.of(output.resolve(ModelExport.SINGLE));
        }

        /** The same curve up to the order of sums, over the same examples. */
        void mustEqual(Result expected) {
            assertThat(losses).hasSameSizeAs(expected.losses);
            for (int step = 0; step < losses.size(); step++) {
                assertThat(exampleIds.get(step))
                        .as("examples of step %d", step + 1)
                        .isEqualTo(expected.exampleIds.get(step));
                assertThat(losses.get(step) / expected.losses.get(step))
                        .as("loss of step %d, relative", step + 1)
                        .isCloseTo(1, within(RELATIVE));
                assertThat(gradNorms.get(step) / expected.gradNorms.get(step))
                        .as("grad_norm of step %d, relative", step + 1)
                        .isCloseTo(1, within(RELATIVE));
            }
        }

        /** The same bits. */
        void mustBe(Result first) throws IOException {
            assertThat(losses).isEqualTo(first.losses);
            assertThat(gradNorms).isEqualTo(first.gradNorms);
            assertThat(weights()).isEqualTo(first.weights());
        }
    }

    /**
     * Trains from step 0, or on from the checkpoint that {@code saving} of the options names.
     *
     * @param worldSize 1 to 4; it and the degrees decide how many packs a microbatch has
     * @param steps in all
     */
    Result train(int worldSize, ParallelOptions parallel, int steps) throws IOException, InterruptedException {
        return train(worldSize, options(worldSize, parallel, steps), temp.resolve("model-" + System.nanoTime()));
    }

    /** Options of a run of so many steps: two microbatches a rank, as long as the global batch takes. */
    TinyOptions options(int worldSize, ParallelOptions parallel, int steps) {
        int atOnce = DeviceMesh.of(worldSize, parallel).numDataRanks() * MICROBATCHES;
        assertThat(globalBatch % atOnce).isZero();
        return TinyOptions.of(globalBatch / atOnce, MICROBATCHES, steps).parallel(parallel);
    }

    /** Trains with any options. */
    Result train(int worldSize, TinyOptions tiny, Path output) throws IOException, InterruptedException {
        return train(worldSize, withModel(tiny.withConfig("unused")), output);
    }

    /** Trains any model with any options. */
    Result train(int worldSize, TrainingOptions options, Path output) throws IOException, InterruptedException {
        List<LaunchSpec> specs = IntStream.range(0, worldSize)
                .mapToObj(rank -> spec(rank, worldSize, options, output))
                .toList();
        List<MeshLab.RankOutcome> ranks = lab.run(TrainTask.class, specs);
        List<TrainerEvent.Step> steps = ranks.get(0).events(TrainerEvent.Step.class);
        return new Result(
                steps.stream().map(step -> step.metrics().get("loss")).toList(),
                steps.stream().map(step -> step.metrics().get("grad_norm")).toList(),
                exampleIds(ranks, DeviceMesh.of(worldSize, options.parallel())),
                output,
                ranks.get(0).events(TrainerEvent.Notice.class).stream()
                        .map(TrainerEvent.Notice::message)
                        .toList());
    }

    private TrainingOptions withModel(TrainingOptions options) {
        return new TrainingOptions(
                new ModelOptions(null, config.toString(), overrides),
                options.batch(),
                options.optimizer(),
                options.schedule(),
                options.precision(),
                options.saving(),
                options.logging(),
                options.parallel());
    }

    LaunchSpec spec(int rank, int worldSize, TrainingOptions options, Path output) {
        return new LaunchSpec(
                rank,
                rank,
                0,
                worldSize,
                MeshLab.HOST,
                device,
                1,
                (int) MeshLab.TIMEOUT.toSeconds(),
                data.toString(),
                1,
                output.toString(),
                options,
                "{}\n");
    }

    private static List<long[]> exampleIds(List<MeshLab.RankOutcome> ranks, DeviceMesh mesh) {
        List<long[]> all = new ArrayList<>();
        for (int step = 0; step < ranks.get(0).result().size(); step++) {
            long[] ids = new long[0];
            for (int rank = 0; rank < ranks.size(); rank++) {
                JsonNode mine = ranks.get(rank).result().get(step);
                if (mesh.of(rank).tensor() == 0) {
                    ids = concatenated(ids, mine);
                } else {
                    assertThat(mine)
                            .as("tensor ranks read the same packs")
                            .isEqualTo(ranks.get(rank - 1).result().get(step));
                }
            }
            Arrays.sort(ids);
            all.add(ids);
        }
        return all;
    }

    private static long[] concatenated(long[] ids, JsonNode more) {
        long[] all = Arrays.copyOf(ids, ids.length + more.size());
        for (int i = 0; i < more.size(); i++) {
            all[ids.length + i] = more.get(i).asLong();
        }
        return all;
    }
}
