package dev.packtrain.training.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointsTest {
    @TempDir
    Path dir;

    private Checkpoints checkpoints;
    private final List<String> notices = new ArrayList<>();

    @BeforeEach
    void open() {
        checkpoints = new Checkpoints(dir);
    }

    private void write(int step) throws IOException {
        checkpoints.write(step, folder -> {
            Files.writeString(folder.resolve("weights"), "weights of " + step);
            Files.writeString(folder.resolve("state"), "state");
        });
    }

    @Test
    void theNewestIsTheHighestStepNotTheLastName() throws IOException {
        write(9);
        write(100);
        write(20);
        assertThat(checkpoints.newestFirst())
                .extracting(path -> path.getFileName().toString())
                .containsExactly("checkpoint-100", "checkpoint-20", "checkpoint-9");
        assertThat(checkpoints.newestIntact(notices::add)).contains(dir.resolve("checkpoint-100"));
        assertThat(notices).isEmpty();
        checkpoints.prune(2);
        assertThat(dir.resolve("checkpoint-9")).doesNotExist();
        checkpoints.prune(0);
        assertThat(checkpoints.newestFirst()).hasSize(2);
    }

    @Test
    void brokenOnesArePassedOverByNameAndFile() throws IOException {
        write(1);
        write(2);
        write(3);
        write(4);
        Files.writeString(dir.resolve("checkpoint-4/weights"), "weights of 5");
        Files.delete(dir.resolve("checkpoint-3/state"));
        Files.writeString(dir.resolve("checkpoint-2/checkpoint.json"), "{");
        assertThat(checkpoints.newestIntact(notices::add)).contains(dir.resolve("checkpoint-1"));
        assertThat(notices).hasSize(3);
        assertThat(notices.get(0)).contains("checkpoint-4").contains("weights has another SHA-256");
        assertThat(notices.get(1)).contains("checkpoint-3").contains("state is missing");
        assertThat(notices.get(2)).contains("checkpoint-2").contains("checkpoint.json cannot be read");
        assertThatThrownBy(() -> Checkpoints.requireIntact(dir.resolve("checkpoint-4")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("weights");
    }

    @Test
    void ifAllAreBrokenThatIsAnError() throws IOException {
        assertThat(checkpoints.newestIntact(notices::add)).isEmpty();
        write(1);
        Files.writeString(dir.resolve("checkpoint-1/weights"), "short");
        assertThatThrownBy(() -> checkpoints.newestIntact(notices::add))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("every checkpoint")
                .hasMessageContaining("checkpoint-1");
    }

    @Test
    void anInterruptedWriteLeavesNoCheckpointAndIsRemoved() throws IOException {
        assertThatThrownBy(() -> checkpoints.write(7, folder -> {
                    Files.writeString(folder.resolve("weights"), "half");
                    throw new IOException("disk full");
                }))
                .hasMessage("disk full");
        assertThat(checkpoints.newestFirst()).isEmpty();
        assertThat(dir).isDirectoryContaining("glob:**/.checkpoint-7.tmp-*");
        checkpoints.removeStale();
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void aStepWrittenAgainReplacesTheOldOne() throws IOException {
        write(5);
        Files.writeString(dir.resolve("checkpoint-5/weights"), "broken");
        write(5);
        assertThat(checkpoints.newestIntact(notices::add)).contains(dir.resolve("checkpoint-5"));
    }
}
