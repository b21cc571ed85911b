package dev.packtrain.training.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.mesh.DeviceMesh;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointsTest {
    private static final List<SyntheticState.Whole> TENSORS =
            List.of(new SyntheticState.Whole("a.weight", new long[] {6, 4}, List.of(StatePiece.Kind.values())));

    @TempDir
    Path dir;

    private Checkpoints checkpoints;

    @BeforeAll
    static void load() {
        TorchRuntime.start(1);
    }

    @BeforeEach
    void open() {
        checkpoints = new Checkpoints(dir);
    }

    private Path write(int step, int limit) throws Exception {
        return SyntheticCheckpoint.write(dir, step, limit, TENSORS, new DeviceMesh(1, 2, 2), 1);
    }

    private List<String> names() throws IOException {
        return checkpoints.newestFirst().stream()
                .map(path -> path.getFileName().toString())
                .toList();
    }

    @Test
    void theNewestIsTheHighestStepNotTheLastName() throws Exception {
        write(9, 0);
        write(100, 0);
        write(20, 0);
        assertThat(names()).containsExactly("checkpoint-100", "checkpoint-20", "checkpoint-9");
        assertThat(Checkpoints.stepOf(checkpoints.newestFirst().get(1))).isEqualTo(20);
    }

    @Test
    void theLimitCountsFromTheOneJustWritten() throws Exception {
        write(10, 0);
        write(20, 2);
        write(30, 2);
        assertThat(names()).containsExactly("checkpoint-30", "checkpoint-20");
        // A run that went back to step 20 and took another way: what was ahead of it is no longer its own.
        write(25, 1);
        assertThat(names()).containsExactly("checkpoint-25");
        write(20, 0);
        assertThat(names()).containsExactly("checkpoint-25", "checkpoint-20");
    }

    @Test
    void onlyWholeCheckpointsHaveTheName() throws Exception {
        Path checkpoint = write(5, 0);
        assertThat(Checkpoints.isCheckpoint(checkpoint)).isTrue();
        assertThat(checkpoint)
                .isDirectoryContaining("glob:**/state-00003-of-00004.safetensors")
                .isDirectoryContaining("glob:**/pieces.json")
                .isDirectoryContaining("glob:**/beside.txt")
                .isDirectoryNotContaining("glob:**/rank-*")
                .isDirectoryNotContaining("glob:**/.*");
        Files.createDirectories(checkpoints.staging(7, "run").resolve("half"));
        assertThat(names()).containsExactly("checkpoint-5");
        checkpoints.removeStale();
        assertThat(dir).isDirectoryNotContaining("glob:**/.*");
    }

    @Test
    void aStepWrittenAgainReplacesTheOldOne() throws Exception {
        Path checkpoint = write(5, 0);
        Files.writeString(checkpoint.resolve("beside.txt"), "broken");
        assertThat(Checkpoints.problemOf(checkpoint)).contains("beside.txt has another SHA-256");
        write(5, 0);
        assertThat(Checkpoints.problemOf(checkpoint)).isEmpty();
        assertThat(dir).isDirectoryNotContaining("glob:**/.*");
    }
}
