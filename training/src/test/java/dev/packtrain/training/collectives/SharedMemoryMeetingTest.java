package dev.packtrain.training.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.TorchRuntime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SharedMemoryMeetingTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(3);

    @BeforeAll
    static void load() {
        TorchRuntime.start(1);
    }

    @Test
    void ranksOfOneHostShareMemory() throws Exception {
        assertThat(meet(rank -> HostIdentity.own(), 1 << 16)).containsExactly("shared", "shared", "shared");
    }

    @Test
    void ranksOfDifferentHostsDoNot() throws Exception {
        assertThat(meet(rank -> new HostIdentity(rank == 2 ? "b" : "a", 1, 1), 1 << 16))
                .containsOnly("ranks 10 and 12 are on different hosts");
    }

    @Test
    void ifMemoryIsShortAllSayWhy() throws Exception {
        assertThat(meet(rank -> HostIdentity.own(), 1L << 32))
                .hasSize(3)
                .allSatisfy(reason -> assertThat(reason).startsWith("rank 10: ").contains("cannot be shared"));
    }

    @Test
    void twoRanksOnOneGpuAreRefused() {
        GpuIdentity.requireDistinct(List.of(4, 5), List.of("aa (H200)", "bb (H200)"));
        assertThatThrownBy(() ->
                        GpuIdentity.requireDistinct(List.of(4, 5, 7), List.of("aa (H200)", "bb (H200)", "aa (H200)")))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("ranks 4 and 7 would both use the GPU aa (H200)");
    }

    private static List<String> meet(IntFunction<HostIdentity> identity, long windowBytes) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try (RankStore store = RankStore.listen(RankThreads.HOST, TIMEOUT)) {
            List<Future<String>> futures = new ArrayList<>();
            for (int r = 0; r < 3; r++) {
                int rank = r;
                futures.add(threads.submit(() -> {
                    RankStore own = store.under("meeting/");
                    try (GroupMeeting meeting = new GroupMeeting("test", own, List.of(10, 11, 12), rank, TIMEOUT)) {
                        SharedMemoryMeeting.Outcome outcome =
                                new SharedMemoryMeeting(meeting, identity.apply(rank), windowBytes).meet();
                        outcome.windows().ifPresent(SharedWindows::close);
                        return outcome.windows().isPresent() ? "shared" : outcome.reason();
                    }
                }));
            }
            List<String> results = new ArrayList<>();
            for (Future<String> future : futures) {
                results.add(future.get());
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }
}
