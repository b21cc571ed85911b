package dev.packtrain.training.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TorchRuntime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class GroupFactoryTest {
    private static final String HOST = "127.0.0.1";
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    @BeforeAll
    static void load() {
        TorchRuntime.start(1);
    }

    @Test
    void groupsOfSomeRanksDoNotMixUp() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        RankStore store = RankStore.listen(HOST, TIMEOUT);
        List<Future<List<Float>>> futures = new ArrayList<>();
        for (int r = 0; r < 4; r++) {
            int rank = r;
            futures.add(threads.submit(() -> body(rank, store)));
        }
        assertThat(futures.get(0).get()).containsExactly(6f, 1f, 2f, 0f, 1f);
        assertThat(futures.get(1).get()).containsExactly(6f, 1f, 4f, 0f, 1f);
        assertThat(futures.get(2).get()).containsExactly(6f, 5f, 2f, 2f, 3f);
        assertThat(futures.get(3).get()).containsExactly(6f, 5f, 4f, 2f, 3f);
        threads.shutdown();
    }

    private static List<Float> body(int rank, RankStore listening) {
        RankStore store = rank == 0 ? listening : RankStore.connect(HOST, listening.port(), TIMEOUT);
        try (GroupFactory factory = GroupFactory.of(store, rank, 4, HOST, ComputeDevice.CPU, TIMEOUT);
                ProcessGroup world = factory.world();
                ProcessGroup tensor = factory.group("tensor", rank < 2 ? List.of(0, 1) : List.of(2, 3));
                ProcessGroup shard = factory.group("shard", rank % 2 == 0 ? List.of(0, 2) : List.of(1, 3))) {
            List<Float> results = new ArrayList<>();
            Tensor mine = torch.tensor(new float[] {rank});
            world.allReduceSum(mine, "world");
            results.add(mine.item_float());
            Tensor both = torch.tensor(new float[] {rank, rank}).to(ScalarType.BFloat16);
            Tensor half = torch.zeros(1);
            Pending first = tensor.startReduceScatterSum(both, half, "tensor");
            first.await();
            results.add(half.item_float());
            shard.reduceScatterSum(both, half, "shard");
            results.add(half.item_float());
            Tensor own = torch.tensor(new float[] {rank});
            Tensor all = torch.zeros(2);
            tensor.allGather(own, all, "all");
            results.add(all.data_ptr_float().get(0));
            results.add(all.data_ptr_float().get(1));
            List<byte[]> names = world.exchange("x".repeat(rank).getBytes(StandardCharsets.UTF_8), "names");
            assertThat(names).extracting(bytes -> bytes.length).containsExactly(0, 1, 2, 3);
            world.barrier("end");
            return results;
        }
    }
}
