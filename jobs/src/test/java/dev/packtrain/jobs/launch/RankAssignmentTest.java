package dev.packtrain.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.packtrain.kernels.GpuCapabilities;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RankAssignmentTest {
    @Test
    void tasksOfAHostBecomeConsecutiveRanks() {
        RankAssignment assignment = RankAssignment.of(List.of("b:1", "a:1", "b:2", "a:1", "c:9", "b:1"));

        assertThat(assignment.ranks()).containsExactly(0, 3, 1, 4, 5, 2);
        assertThat(assignment.localRanks()).containsExactly(0, 0, 1, 1, 0, 2);
        assertThat(assignment.hosts()).containsExactly("b", "a", "b", "a", "c", "b");
        assertThat(assignment.ranksOnHost(0)).isEqualTo(3);
        assertThat(assignment.ranksOnHost(4)).isEqualTo(1);
    }

    @Test
    void aHostMayBeAnAddressWithColons() {
        assertThat(RankAssignment.of(List.of("[fd00::1]:4040", "[fd00::1]:4041", "[fd00::2]:4040"))
                        .hosts())
                .containsExactly("[fd00::1]", "[fd00::1]", "[fd00::2]");
    }

    /** However Spark places them: every rank once, and every tensor group on one host. */
    @Test
    void groupsStayOnOneHostWhateverThePlacement() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            int tensor = 1 << random.nextInt(4);
            List<String> addresses = new ArrayList<>();
            int numHosts = 1 + random.nextInt(4);
            for (int host = 0; host < numHosts; host++) {
                int tasks = tensor * (1 + random.nextInt(3));
                for (int task = 0; task < tasks; task++) {
                    addresses.add("host%d:%d".formatted(host, random.nextInt(3)));
                }
            }
            Collections.shuffle(addresses, random);
            RankAssignment assignment = RankAssignment.of(addresses);

            assignment.requireGroupsOnOneHost(tensor);
            assertThat(assignment.ranks())
                    .as("seed %d", seed)
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, addresses.size()).boxed().toList());
            for (int group = 0; group < addresses.size() / tensor; group++) {
                int first = group * tensor;
                Set<String> hosts = IntStream.range(0, addresses.size())
                        .filter(task -> assignment.ranks().get(task) >= first
                                && assignment.ranks().get(task) < first + tensor)
                        .mapToObj(task -> assignment.hosts().get(task))
                        .collect(Collectors.toSet());
                assertThat(hosts).as("seed %d", seed).hasSize(1);
            }
        }
    }

    @Test
    void aGroupThatWouldBeSpreadIsRefusedWithWhatWouldWork() {
        RankAssignment assignment = RankAssignment.of(List.of("a:1", "a:1", "a:1", "a:1", "a:1", "a:1", "b:1", "b:1"));

        RankFailedException refused =
                catchThrowableOfType(RankFailedException.class, () -> assignment.requireGroupsOnOneHost(4));

        assertThat(refused.failure().kind()).isEqualTo(RankFailure.Kind.USER);
        assertThat(refused.failure().sentence())
                .isEqualTo(
                        "tensor_parallel_degree is 4, but of the 8 ranks a has 6, b has 2, so a group that shares layers"
                                + " would be spread over hosts; give the executors of a host room for a multiple of 4 ranks, set"
                                + " tensor_parallel_degree to 1 or 2, or tensor_parallel_across_hosts to true");
        assignment.requireGroupsOnOneHost(2);
    }

    @Test
    void aTaskWithoutOrWithOneGpuOfSparks() {
        assertThat(GpuGrant.of(List.of(), 3, "rank 3")).isEqualTo(new GpuGrant(java.util.Optional.empty(), 3));
        assertThat(GpuGrant.of(List.of("GPU-8a56"), 3, "rank 3"))
                .isEqualTo(new GpuGrant(java.util.Optional.of("GPU-8a56"), 0));
        assertThatThrownBy(() -> GpuGrant.of(List.of("4", "5"), 0, "rank 3 on host h"))
                .hasMessage("[USER] rank 3 on host h was given 2 GPUs (4, 5), but a rank computes on one; set"
                        + " spark.task.resource.gpu.amount to 1");
    }

    @Test
    void twoRanksOnOneGpuAreRefused() {
        GpuGrant.Seat first = new GpuGrant.Seat(0, "a", "1");
        GpuGrant.requireDifferent(List.of(
                first, new GpuGrant.Seat(1, "b", "1"), new GpuGrant.Seat(2, "a", "0"), new GpuGrant.Seat(3, "b", "")));
        assertThatThrownBy(() -> GpuGrant.requireDifferent(
                        List.of(first, new GpuGrant.Seat(1, "a", "0"), new GpuGrant.Seat(2, "a", "1"))))
                .hasMessage("[USER] ranks 0 and 2 were both given GPU 1 of host a, and two ranks cannot share one; set"
                        + " spark.task.resource.gpu.amount to 1");

        GpuGrant guessed = GpuGrant.of(List.of(), 1, "rank 1");
        guessed.requireOneEach(gpus(2), 2, "a");
        assertThatThrownBy(() -> guessed.requireOneEach(gpus(1), 2, "a"))
                .hasMessage(
                        "[USER] 2 ranks are on host a, which has 1 GPU, and two ranks cannot share one; start at most"
                                + " as many ranks on a host as it has GPUs, or set device to cpu");
        assertThatThrownBy(() -> guessed.requireOneEach(gpus(0), 1, "a"))
                .hasMessage("[USER] device is cuda, but host a has no GPU (no driver); run where there is one, or set"
                        + " device to cpu");
        GpuGrant.of(List.of("1"), 1, "rank 1").requireOneEach(gpus(1), 2, "a");
    }

    private static GpuCapabilities gpus(int count) {
        GpuCapabilities.Gpu one = new GpuCapabilities.Gpu("test", 1, 9, 0);
        return new GpuCapabilities(Collections.nCopies(count, one), count == 0 ? "no driver" : "", "");
    }
}
