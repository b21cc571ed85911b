package dev.packtrain.training.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.training.device.TorchRuntime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Ranks are threads that meet on loopback. */
class GlooProcessGroupTest {
    private static final String HOST = "127.0.0.1";
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofSeconds(2);

    @BeforeAll
    static void load() {
        TorchRuntime.start(1);
    }

    @Test
    void everyRankGetsTheSum() throws Exception {
        List<List<Float>> sums = onRanks(3, TIMEOUT, group -> {
            Tensor values = torch.tensor(new float[] {group.rank(), 10 * group.rank()});
            group.allReduceSum(values, "values");
            return floats(values);
        });
        assertThat(sums).hasSize(3).containsOnly(List.of(3f, 30f));
    }

    @Test
    void countsAndFp64AreSummedExactly() throws Exception {
        List<Long> sums = onRanks(2, TIMEOUT, group -> {
            Tensor counts = torch.tensor(new long[] {Long.MAX_VALUE / 2 - group.rank()});
            group.allReduceSum(counts, "counts");
            Tensor wide = torch.ones(1).to(ScalarType.Double);
            group.allReduceSum(wide, "wide");
            return counts.item_long() + (long) wide.item_double();
        });
        assertThat(sums).containsOnly(Long.MAX_VALUE / 2 * 2 - 1 + 2);
    }

    @Test
    void everyRankGetsTheRootsValuesBf16Included() throws Exception {
        List<List<Float>> values = onRanks(2, TIMEOUT, group -> {
            Tensor mine = torch.tensor(new float[] {group.rank() + 0.5f}).to(ScalarType.BFloat16);
            group.broadcast(mine, 1, "weights");
            group.barrier("all have them");
            return floats(mine.to(ScalarType.Float));
        });
        assertThat(values).containsOnly(List.of(1.5f));
    }

    @Test
    void aRankThatDoesNotComeIsALostPeerAndTheCollectiveIsNamed() throws Exception {
        List<String> messages = onRanks(2, SHORT, group -> {
            Tensor values = torch.ones(1);
            group.allReduceSum(values, "first");
            if (group.rank() == 1) {
                return "";
            }
            return failure(() -> group.allReduceSum(values, "gradients"));
        });
        assertThat(messages.get(0))
                .startsWith("all-reduce 2 (gradients) failed")
                .contains("within 2 s");
    }

    @Test
    void ranksThatNeverMeetAreALostPeer() {
        try (RankStore store = RankStore.listen(HOST, SHORT)) {
            assertThat(store.port()).isPositive();
            assertThatThrownBy(() -> new GlooProcessGroup(store, 0, 2, HOST, SHORT))
                    .isInstanceOf(PeerLostException.class)
                    .hasMessageContaining("the 2 ranks did not all meet within 2 s");
        }
        assertThatThrownBy(() -> RankStore.connect(HOST, 1, SHORT))
                .isInstanceOf(PeerLostException.class)
                .hasMessageContaining("127.0.0.1:1 does not answer");
    }

    @Test
    void aGroupOfOneLeavesEverythingAsItIs() {
        try (ProcessGroup alone = new SingleProcessGroup()) {
            Tensor values = torch.tensor(new float[] {7});
            alone.allReduceSum(values, "values");
            alone.broadcast(values, 0, "values");
            alone.barrier("end");
            assertThat(floats(values)).containsExactly(7f);
            assertThat(alone.size()).isEqualTo(1);
        }
    }

    private static String failure(Runnable collective) {
        try {
            collective.run();
            return "";
        } catch (PeerLostException e) {
            return e.getMessage();
        }
    }

    private static List<Float> floats(Tensor tensor) {
        float[] values = new float[(int) tensor.numel()];
        tensor.data_ptr_float().get(values);
        List<Float> list = new ArrayList<>();
        for (float value : values) {
            list.add(value);
        }
        return list;
    }

    private static <T> List<T> onRanks(int size, Duration timeout, Function<ProcessGroup, T> body) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(size);
        RankStore store = RankStore.listen(HOST, timeout);
        try {
            List<Future<T>> futures = new ArrayList<>();
            List<ProcessGroup> groups = new ArrayList<>();
            for (int rank = 0; rank < size; rank++) {
                int mine = rank;
                futures.add(threads.submit(() -> {
                    RankStore known = mine == 0 ? store : RankStore.connect(HOST, store.port(), timeout);
                    ProcessGroup group = new GlooProcessGroup(known, mine, size, HOST, timeout);
                    synchronized (groups) {
                        groups.add(group);
                    }
                    return body.apply(group);
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get());
            }
            groups.forEach(ProcessGroup::close);
            return results;
        } finally {
            threads.shutdown();
        }
    }
}
