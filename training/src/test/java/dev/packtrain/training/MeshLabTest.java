package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.mesh.MeshGroups;
import java.time.Duration;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The lab itself: it says what went wrong, and is whole again for the next case. */
@ExtendWith(MeshLab.Shared.class)
class MeshLabTest {
    /** Sums ranks over a group. */
    public static final class SumOfRanks implements RankTask {
        @Override
        public Object run(RankSite site, JsonNode argument) throws Exception {
            MeshGroups groups = site.groups(new DeviceMesh(1, site.worldSize() / 2, 2));
            return List.of(sum(groups.world()), sum(groups.tensor()));
        }

        private static long sum(ProcessGroup group) {
            try (Tensor mine = torch.tensor(new long[] {1 + group.rank()})) {
                group.allReduceSum(mine, "ranks");
                return mine.item_long();
            }
        }
    }

    /** One rank throws, or leaves, or stays away, while the others wait for it. */
    public static final class OneIsMissing implements RankTask {
        @Override
        public Object run(RankSite site, JsonNode how) throws Exception {
            ProcessGroup world = site.world();
            if (site.rank() == 1) {
                switch (how.asText()) {
                    case "throws" -> throw new IllegalStateException("rank 1 does not want to");
                    case "dies" -> Runtime.getRuntime().halt(7);
                    default -> Thread.sleep(1_000_000);
                }
            }
            world.barrier("all");
            return null;
        }
    }

    @Test
    void ranksOfACaseMeetInItsGroups(MeshLab lab) throws Exception {
        List<MeshLab.RankOutcome> outcomes = lab.run(4, SumOfRanks.class, null);
        assertThat(outcomes).hasSize(4).allSatisfy(outcome -> {
            assertThat(outcome.result().get(0).asLong()).isEqualTo(10);
            assertThat(outcome.result().get(1).asLong()).isEqualTo(3);
        });
        // Processes live on: a second case has groups of its own.
        assertThat(lab.run(2, SumOfRanks.class, null)).hasSize(2);
    }

    @Test
    void aFailureIsTold(MeshLab lab) throws Exception {
        assertThatThrownBy(() -> lab.run(3, OneIsMissing.class, "throws"))
                .isInstanceOf(MeshLab.CaseFailure.class)
                .hasMessageContaining("rank 1 of 3 failed:\njava.lang.IllegalStateException: rank 1 does not want to");
        assertThat(lab.run(4, SumOfRanks.class, null)).hasSize(4);
    }

    @Test
    void aDeathIsTold(MeshLab lab) throws Exception {
        assertThatThrownBy(() -> lab.run(2, OneIsMissing.class, "dies"))
                .isInstanceOf(MeshLab.CaseFailure.class)
                .hasMessageContaining("rank 1 of 2 died");
        assertThat(lab.run(4, SumOfRanks.class, null)).hasSize(4);
    }

    @Test
    void aHangShowsWhereTheThreadsAre() throws Exception {
        try (MeshLab impatient = new MeshLab()) {
            // Processes take long to start on a busy machine.
            assertThat(impatient.run(2, SumOfRanks.class, null)).hasSize(2);
            impatient.deadline(Duration.ofSeconds(5));
            assertThatThrownBy(() -> impatient.run(2, OneIsMissing.class, "sleeps"))
                    .isInstanceOf(MeshLab.CaseFailure.class)
                    .hasMessageContaining("rank 0 of 2 did not end:")
                    .hasMessageContaining("collectives.SharedWindows.await")
                    .hasMessageContaining("rank 1 of 2 did not end:")
                    .hasMessageContaining("java.lang.Thread.sleep");
        }
    }
}
