package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import dev.packtrain.training.shard.OffloadDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scratch of offloaded state is gone with its run, however that ended. */
class OffloadDirectoryTest {
    private static final ParallelOptions DISK =
            new ParallelOptions(1, false, Sharding.STAGE3, 1, Offload.DISK, Recompute.NONE);

    @TempDir
    Path output;

    @Test
    void endsWithItsRun() throws Exception {
        try (OffloadDirectory mine = OffloadDirectory.of(output, 3, DISK)) {
            Files.writeString(mine.path().resolve("part-0.exp_avg-0"), "state");
            assertThat(mine.path()).hasParent(output);
        }
        assertThat(output).isEmptyDirectory();
    }

    @Test
    void whatAKilledRunLeftIsDeletedForAllRanks() throws Exception {
        for (int rank : new int[] {0, 7}) {
            Files.writeString(OffloadDirectory.of(output, rank, DISK).path().resolve("part-0.exp_avg-0"), "state");
        }
        Path result = Files.writeString(output.resolve("model.safetensors"), "weights");
        OffloadDirectory.removeStale(output);
        assertThat(output).isDirectoryNotContaining(path -> !path.equals(result));
    }

    @Test
    void nothingIsMadeWithoutOffload() {
        try (OffloadDirectory none = OffloadDirectory.of(output, 0, ParallelOptions.NONE)) {
            assertThat(none.path()).doesNotExist();
        }
    }
}
