package dev.packtrain.training.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputSpaceTest {
    private static final long GIB = 1L << 30;

    private final OutputSpace space = new OutputSpace(6 * GIB, GIB);

    @TempDir
    Path dir;

    @Test
    void aCheckpointAndTheModelHaveToFit() {
        assertThat(space.check(dir, 8 * GIB, 1, 0)).isEmpty();
        assertThatThrownBy(() -> space.check(dir, 8 * GIB - 1, 1, 0))
                .isInstanceOf(BadInputException.class)
                .hasMessage(
                        "the run writes checkpoints of 6.000 GiB and 2.000 GiB for the model into output_dir %s, and 8.000 GiB are free there; free some space or choose another output_dir."
                                .formatted(dir));
        assertThat(space.check(dir, 2 * GIB, 0, 0)).isEmpty();
        assertThatThrownBy(() -> space.check(dir, GIB, 0, 0))
                .hasMessageStartingWith("the run writes 2.000 GiB for the model into output_dir");
    }

    @Test
    void moreCheckpointsThanFitAreTold() {
        assertThat(space.check(dir, 20 * GIB, 3, 0)).isEmpty();
        assertThat(space.check(dir, 20 * GIB - 1, 3, 0)).hasValueSatisfying(told -> assertThat(told)
                .startsWith("3 checkpoints of 6.000 GiB and the model take 20.000 GiB, and 20.000 GiB are free"));
        assertThat(space.check(dir, 14 * GIB, 1000, 1)).isEmpty();
        assertThat(space.check(dir, 14 * GIB - 1, 1000, 1)).isPresent();
    }

    @Test
    void theFileSystemOfTheDirectoryIsAsked() {
        assertThat(new OutputSpace(1, 1).check(dir, 1, 1)).isEmpty();
        OutputSpace tooLarge = new OutputSpace(dir.toFile().getTotalSpace(), 1);
        assertThatThrownBy(() -> tooLarge.check(dir, 1, 1)).hasMessageContaining("are free there");
    }
}
