package dev.packtrain.training.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TestGpu;
import dev.packtrain.training.device.TorchRuntime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** NCCL with one rank, which is what one GPU allows: every call goes through it and leaves what one rank has. */
@Tag("gpu")
@EnabledIf(value = TestGpu.IS_THERE, disabledReason = TestGpu.ABSENT)
class NcclGroupTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    /** More than a segment of 64 MiB of fp32, and no multiple of one. */
    private static final long LONG = (40L << 20) + 3;

    private static final TensorFactory GPU = new TensorFactory(TestGpu.DEVICE);

    private static CallWatch watch;
    private static ProcessGroup group;

    @BeforeAll
    static void join() {
        TorchRuntime.start(1);
        RankStore store = RankStore.listen(RankThreads.HOST, TIMEOUT);
        watch = new CallWatch(store.under("status/"), 0, TIMEOUT, TIMEOUT);
        GroupMeeting meeting = new GroupMeeting("world", store.under("world/"), List.of(0), 0, TIMEOUT);
        group = new RankGroup("world", List.of(0), 0, Nccl.connect(meeting, TestGpu.DEVICE), watch);
    }

    @AfterAll
    static void leave() {
        group.close();
        watch.close();
    }

    private static Tensor values(ScalarType dtype, long elements) {
        return TensorScope.value(
                () -> GPU.zeros(ScalarType.Float, elements).normal_().to(dtype).retainReference());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 1000, (64 << 10) + 1, LONG})
    void everyCallLeavesTheValuesOfTheOnlyRank(long elements) {
        for (ScalarType dtype : List.of(ScalarType.Float, ScalarType.BFloat16)) {
            try (Tensor mine = values(dtype, elements)) {
                TensorScope.run(() -> {
                    Tensor sum = mine.clone();
                    group.allReduceSum(sum, "sum");
                    assertThat(sum.equal(mine)).as("all-reduce").isTrue();
                    Tensor part = GPU.empty(dtype, elements);
                    group.reduceScatterSum(mine, part, "part");
                    assertThat(part.equal(mine)).as("reduce-scatter").isTrue();
                    Tensor whole = GPU.empty(dtype, elements);
                    Pending pending = group.startAllGather(mine, whole, "whole");
                    pending.await();
                    assertThat(whole.equal(mine)).as("all-gather").isTrue();
                    Tensor sent = mine.clone();
                    group.broadcast(sent, 0, "values");
                    assertThat(sent.equal(mine)).as("broadcast").isTrue();
                });
            }
        }
        group.barrier("end");
    }

    @Test
    void tensorsOfTheHostGoThroughTheGpu() {
        TensorScope.run(() -> {
            Tensor onHost = values(ScalarType.Float, 1000).cpu();
            Tensor sum = onHost.clone();
            group.allReduceSum(sum, "sum");
            assertThat(sum.equal(onHost)).isTrue();
            Tensor whole = onHost.clone().zero_();
            group.allGather(onHost, whole, "whole");
            assertThat(whole.equal(onHost)).isTrue();
            assertThat(whole.is_cpu()).isTrue();
        });
        byte[] message = "✗ of the only rank".getBytes(StandardCharsets.UTF_8);
        assertThat(group.exchange(message, "errors")).containsExactly(message);
    }

    @Test
    void twoRanksOnOneGpuAreRefusedWithItsName() {
        String gpu = GpuIdentity.of(TestGpu.DEVICE.index());
        assertThat(gpu).matches("[0-9a-f]{32} \\(.+\\)");
        assertThatThrownBy(() -> GpuIdentity.requireDistinct(List.of(0, 1), List.of(gpu, gpu)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("ranks 0 and 1 would both use the GPU " + gpu);
    }
}
