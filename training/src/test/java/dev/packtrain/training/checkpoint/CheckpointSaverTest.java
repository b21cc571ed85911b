package dev.packtrain.training.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.checkpoint.StatePiece.Kind;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.mesh.DeviceMesh;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.bytedeco.pytorch.Scalar;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointSaverTest {
    private static final DeviceMesh TWO = new DeviceMesh(1, 2, 1);
    private static final List<SyntheticState.Whole> TENSORS =
            List.of(new SyntheticState.Whole("a.weight", new long[] {8, 4}, List.of(Kind.values())));

    @TempDir
    Path dir;

    private Checkpoints checkpoints;
    private final List<CheckpointSaver.Written> written = new ArrayList<>();

    @BeforeAll
    static void load() {
        TorchRuntime.start(1);
    }

    @BeforeEach
    void open() {
        checkpoints = new Checkpoints(dir);
    }

    private CheckpointSaver saver(int rank, Duration silence, boolean copies) {
        CheckpointSaver.Member member = new CheckpointSaver.Member(rank, 2, "run", silence);
        return new CheckpointSaver(checkpoints, member, 1, copies, written::add);
    }

    private static SyntheticState state(int rank) {
        return SyntheticState.of(TENSORS, TWO, rank, 1, true);
    }

    @Test
    void trainingGoesOnWhileACheckpointOfTheOldStateIsWritten() throws Exception {
        CountDownLatch trained = new CountDownLatch(1);
        try (SyntheticState first = state(0);
                SyntheticState second = state(1);
                CheckpointSaver zero = saver(0, Duration.ofMinutes(3), true);
                CheckpointSaver one = saver(1, Duration.ofMinutes(3), true)) {
            zero.save(1, first.pieces(), folder -> await(trained));
            one.save(1, second.pieces(), folder -> {});
            one.finish();
            zero.check();
            assertThat(checkpoints.newestFirst()).as("rank 0 is still busy").isEmpty();
            first.pieces().forEach(piece -> piece.values().fill_(new Scalar(9)));
            trained.countDown();
            zero.finish();
            assertThat(written).singleElement().satisfies(told -> {
                assertThat(told.step()).isEqualTo(1);
                assertThat(told.path()).isEqualTo(dir.resolve("checkpoint-1"));
                assertThat(told.pauseSeconds()).isPositive().isLessThan(told.seconds());
            });
        }
        try (SyntheticState restored = SyntheticState.of(TENSORS, DeviceMesh.ONE, 0, 1, false)) {
            CheckpointReader.restore(checkpoints.of(1), restored);
            for (StatePiece piece : restored.pieces()) {
                assertThat(SyntheticState.actual(piece)).isEqualTo(SyntheticState.expected(piece));
            }
        }
    }

    @Test
    void withoutCopiesSavingReturnsWhenTheFilesAreThere() throws Exception {
        try (SyntheticState first = state(0);
                SyntheticState second = state(1);
                CheckpointSaver zero = saver(0, Duration.ofMinutes(3), false);
                CheckpointSaver one = saver(1, Duration.ofMinutes(3), false)) {
            one.save(1, second.pieces(), folder -> {});
            zero.save(1, first.pieces(), folder -> {});
            assertThat(Checkpoints.problemOf(dir.resolve("checkpoint-1"))).isEmpty();
            assertThat(written.get(0).pauseSeconds()).isEqualTo(written.get(0).seconds());
        }
    }

    @Test
    void aRankThatCannotWriteIsNamedOnRankZeroAndKnowsWhy() throws Exception {
        try (SyntheticState first = state(0);
                SyntheticState second = state(1);
                CheckpointSaver zero = saver(0, Duration.ofMinutes(3), true);
                CheckpointSaver one = saver(1, Duration.ofMinutes(3), true)) {
            // A directory has the name of rank 1's file.
            Files.createDirectories(checkpoints.staging(1, "run").resolve(PieceFile.name(1, 2)));
            zero.save(1, first.pieces(), folder -> {});
            one.save(1, second.pieces(), folder -> {});
            assertThatThrownBy(one::finish)
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("a checkpoint could not be written")
                    .hasMessageContaining("state-00001-of-00002.safetensors");
            assertThatThrownBy(zero::finish)
                    .isInstanceOf(BadInputException.class)
                    .hasMessageStartingWith("rank 1 could not write its part of the checkpoint")
                    .hasMessageContaining("resume_from_checkpoint true");
        }
        assertThat(checkpoints.newestFirst()).isEmpty();
    }

    @Test
    void aRankThatNeverWritesIsNamedAndWhatWasThereStays() throws Exception {
        SyntheticCheckpoint.write(dir, 1, 1, TENSORS, TWO, 1);
        try (SyntheticState first = state(0);
                CheckpointSaver zero = saver(0, Duration.ofMillis(300), true)) {
            zero.save(2, first.pieces(), folder -> {});
            assertThatThrownBy(zero::finish)
                    .isInstanceOf(BadInputException.class)
                    .hasMessageStartingWith("rank 1 has written nothing more");
        }
        assertThat(checkpoints.newestFirst()).containsExactly(dir.resolve("checkpoint-1"));
        assertThat(Checkpoints.problemOf(dir.resolve("checkpoint-1"))).isEmpty();
    }

    @Test
    void theNextCheckpointBringsTheFailureOfTheLast() throws Exception {
        try (SyntheticState first = state(0);
                SyntheticState second = state(1);
                CheckpointSaver zero = saver(0, Duration.ofMinutes(3), true);
                CheckpointSaver one = saver(1, Duration.ofMinutes(3), true)) {
            zero.save(1, first.pieces(), folder -> {
                throw new IOException("no space left");
            });
            one.save(1, second.pieces(), folder -> {});
            assertThatThrownBy(() -> zero.save(2, first.pieces(), folder -> {}))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("no space left");
        }
        assertThat(checkpoints.newestFirst()).isEmpty();
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
