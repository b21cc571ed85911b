package dev.packtrain.training.shard;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OffloadSpaceTest {
    private static final long GIB = 1L << 30;

    @TempDir
    Path dir;

    @Test
    void whatAllRanksTakeTogetherHasToFit() {
        OffloadSpace space = new OffloadSpace(dir.resolve(".offload-0"), 10 * GIB, 4);
        space.take(GIB);
        space.take(GIB + GIB / 2);
        assertThatThrownBy(() -> space.take(1))
                .isInstanceOf(BadInputException.class)
                .hasMessage(
                        "offload_disk takes more than 10.000 GiB in %s for the state of 4 ranks, and 10.000 GiB are free there; free some space, choose another output_dir, or leave offload_disk out."
                                .formatted(dir));
    }

    @Test
    void theFileSystemOfTheDirectoryIsAsked() {
        OffloadSpace space = OffloadSpace.of(dir, 2);
        space.take(1);
        long more = dir.toFile().getTotalSpace() / 2;
        assertThatThrownBy(() -> space.take(more)).hasMessageContaining("are free there");
    }
}
