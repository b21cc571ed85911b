package dev.packtrain.training.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeviceMeshTest {
    @Test
    void tensorRanksAreNeighbours() {
        DeviceMesh mesh = new DeviceMesh(2, 3, 2);
        assertThat(mesh.worldSize()).isEqualTo(12);
        assertThat(mesh.of(9)).isEqualTo(new DeviceMesh.Coordinates(1, 1, 1));
        assertThat(mesh.tensorGroup(9)).isEqualTo(List.of(8, 9));
        assertThat(mesh.shardGroup(9)).isEqualTo(List.of(7, 9, 11));
        assertThat(mesh.dataGroup(9)).isEqualTo(List.of(3, 9));
        assertThat(mesh.batchGroup(9)).isEqualTo(List.of(1, 3, 5, 7, 9, 11));
        assertThat(mesh.dataRank(9)).isEqualTo(4);
        assertThat(mesh.describe(9)).isEqualTo("rank 9 dp=1 shard=1 tp=1");
        assertThat(new DeviceMesh(4, 1, 1).describe(3)).isEqualTo("rank 3 dp=3");
    }

    @Test
    void degreesMultiplyToTheWorld() {
        assertThat(DeviceMesh.of(4, options(2, Sharding.STAGE3, -1))).isEqualTo(new DeviceMesh(1, 2, 2));
        assertThat(DeviceMesh.of(8, options(2, Sharding.STAGE1, 2))).isEqualTo(new DeviceMesh(2, 2, 2));
        assertThat(DeviceMesh.of(4, ParallelOptions.NONE)).isEqualTo(new DeviceMesh(4, 1, 1));
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertThatThrownBy(() -> DeviceMesh.of(6, options(4, Sharding.NONE, 1)))
                .isInstanceOf(BadInputException.class)
                .hasMessage(
                        "tensor_parallel_degree is 4, which does not divide the 6 processes of this run; wanted one of [1, 2, 3, 6], or another number of executors.");
        assertThatThrownBy(() -> DeviceMesh.of(1, options(2, Sharding.NONE, 1)))
                .hasMessageContaining("does not divide the 1 process of this run; wanted one of [1]");
        assertThatThrownBy(() -> DeviceMesh.of(8, options(2, Sharding.STAGE2, 3)))
                .hasMessageContaining("sharding_parallel_degree is 3, which does not divide 4")
                .hasMessageContaining("[1, 2, 4]");
        assertThatThrownBy(() -> DeviceMesh.of(1, options(1, Sharding.STAGE2, -1)))
                .hasMessageContaining("sharding is stage2, but with 1 process")
                .hasMessageContaining("nothing to shard over");
    }

    private static ParallelOptions options(int tensor, Sharding sharding, int shardingDegree) {
        return new ParallelOptions(tensor, false, sharding, shardingDegree, Offload.NONE, Recompute.NONE);
    }
}
