package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.training.checkpoint.Checkpoints;
import dev.packtrain.training.launch.TrainerEvent;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * One of two processes is killed at a place of its choice. The other ends soon and says why, no checkpoint is half visible,
 * and a process alone goes on from the last whole one, with the losses of a run that was never interrupted.
 */
@ExtendWith(MeshLab.Shared.class)
class TrainerFaultDistributedTest {
    private static final int SAVE_STEPS = 5;
    private static final int STEPS = 400;
    private static final int GLOBAL_BATCH = 4;
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final ParallelOptions STAGE3 =
            new ParallelOptions(1, false, Sharding.STAGE3, ParallelOptions.ALL_RANKS, Offload.NONE, Recompute.NONE);

    @TempDir
    Path temp;

    private Path data;
    private Path output;

    @BeforeEach
    void prepare() throws Exception {
        data = TinyData.write(temp.resolve("data"), 20);
        output = temp.resolve("model");
    }

    @ParameterizedTest
    @CsvSource({
        "forward pass, 1, engine.CutEngine#record",
        "collective, 1, collectives.SharedWindows#await",
        "optimizer step, 1, optim.AdamW#update",
        "saving a part, 1, checkpoint.PieceFile#write",
        "saving as rank 0, 0, checkpoint.StagedParts#await"
    })
    void aRankIsKilled(String where, int rank, String method, MeshLab lab) throws Exception {
        TinyOptions options = TinyOptions.of(1, GLOBAL_BATCH / 2, STEPS)
                .saving(SAVE_STEPS, 0, "true", false)
                .parallel(STAGE3);
        List<Double> losses;
        String first = output.resolve("checkpoint-" + SAVE_STEPS).toString();
        try (TrainerRun run = TrainerRun.startFaulty(
                temp, data, output, options, rank, List.of("dev.packtrain.training." + method, first))) {
            Instant start = Instant.now();
            List<Integer> codes = run.exitCodes();
            assertThat(codes.get(rank)).as("killed in its %s: %s", where, codes).isEqualTo(128 + 9);
            assertThat(codes.get(1 - rank))
                    .as("the other rank: %s", run.failures())
                    .isEqualTo(3);
            assertThat(Duration.between(start, Instant.now())).isLessThan(SOON.multipliedBy(2));
            assertThat(run.failures()).singleElement().satisfies(failed -> {
                assertThat(failed.kind()).isEqualTo(TrainerEvent.Failed.Kind.PEER);
                assertThat(failed.message()).contains("[rank " + (1 - rank)).contains("step=");
            });
            losses = run.figures("loss");
        }
        assertThat(Files.readString(temp.resolve("stderr-" + rank + ".txt")))
                .contains("in dev.packtrain.training." + method);
        List<Path> visible = new Checkpoints(output).newestFirst();
        assertThat(visible).isNotEmpty();
        for (Path checkpoint : visible) {
            assertThat(Checkpoints.problemOf(checkpoint))
                    .as(checkpoint.toString())
                    .isEmpty();
        }
        goOnAlone(lab, Checkpoints.stepOf(visible.get(0)), losses);
    }

    /** Of the losses, only the first can be told beforehand: the run is a shorter one, so its learning rates differ. */
    private void goOnAlone(MeshLab lab, int newest, List<Double> losses) throws Exception {
        MeshTraining training =
                new MeshTraining(lab, temp, data, TinyData.writeConfig(temp), Map.of(), GLOBAL_BATCH, "cpu");
        TinyOptions alone =
                training.options(1, ParallelOptions.NONE, newest + 2).saving(0, 0, "true", false);
        MeshTraining.Result rest = training.train(1, alone, output);
        assertThat(rest.losses()).hasSize(2);
        assertThat(rest.notices()).anySatisfy(notice -> assertThat(notice)
                .startsWith("Resumed from " + output.resolve("checkpoint-" + newest)));
        if (losses.size() > newest) {
            assertThat(rest.losses().get(0) / losses.get(newest)).isCloseTo(1, within(MeshTraining.RELATIVE));
        }
        assertThat(output).isDirectoryNotContaining("glob:**/.*");
    }
}
