package dev.packtrain.training.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every way to connect ranks must do. */
abstract class ProcessGroupContract {
    static final Duration TIMEOUT = Duration.ofMinutes(3);

    /** Chooses how the ranks are connected. */
    abstract GroupFactory link(GroupFactory factory);

    @BeforeAll
    static void load() {
        TorchRuntime.start(1);
    }

    final <T> List<T> onRanks(int size, RankThreads.Body<T> body) {
        return onRanks(size, TIMEOUT, body);
    }

    final <T> List<T> onRanks(int size, Duration timeout, RankThreads.Body<T> body) {
        try (RankThreads ranks = new RankThreads(size, timeout, this::link)) {
            return ranks.run(body);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void sumsAreThoseOfTheRanksInOrder(int size) {
        List<List<String>> reports = onRanks(size, (group, factory) -> {
            List<String> wrong = new ArrayList<>();
            SplittableRandom random = new SplittableRandom(size);
            for (int round = 0; round < 24; round++) {
                // Around the limits of messages, windows and chunks, and anything between.
                int part =
                        switch (round % 8) {
                            case 0 -> random.nextInt(4);
                            case 1 -> (1 << 18) / (size - 1) + random.nextInt(-2, 3);
                            case 2 -> (1 << 18) + random.nextInt(-2, 3);
                            default -> random.nextInt(1, 1 << random.nextInt(1, 19));
                        };
                ScalarType type = SumCase.TYPES.get(round % SumCase.TYPES.size());
                SumCase one = new SumCase(type, size, part, round);
                TensorScope.run(() -> wrong.addAll(one.differences(group)));
            }
            return wrong;
        });
        assertThat(reports).allSatisfy(wrong -> assertThat(wrong).isEmpty());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void allGatherCopiesAnyTypeInPlaceOrNot(int size) {
        List<Integer> failures = onRanks(size, (group, factory) -> {
            int wrong = 0;
            for (int part : new int[] {0, 1, 7, 1000, 1 << 20, (1 << 20) + 3, 2_300_001}) {
                for (ScalarType type : List.of(ScalarType.Byte, ScalarType.Short, ScalarType.BFloat16)) {
                    wrong += TensorScope.value(() -> gatherFailures(group, part, type));
                }
            }
            return wrong;
        });
        assertThat(failures).containsOnly(0);
    }

    private static int gatherFailures(ProcessGroup group, int part, ScalarType type) {
        long elements = group.size() * (long) part;
        Tensor expected = torch.arange(new Scalar(101))
                .to(type)
                .repeat(elements / 101 + 1)
                .narrow(0, 0, elements);
        Tensor mine = expected.narrow(0, (long) group.rank() * part, part).clone();
        Tensor output = torch.zeros_like(expected);
        group.allGather(mine, output, "pieces");
        Tensor inPlace = torch.zeros_like(expected);
        Tensor own = inPlace.narrow(0, (long) group.rank() * part, part);
        own.copy_(mine);
        group.allGather(own, inPlace, "pieces in place");
        return (output.equal(expected) ? 0 : 1) + (inPlace.equal(expected) ? 0 : 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void everyRankGetsTheRootsValues(int size) {
        List<Integer> failures = onRanks(size, (group, factory) -> {
            int wrong = 0;
            for (int root = 0; root < size; root++) {
                for (int elements : new int[] {0, 1, 33, 3_000_001}) {
                    Tensor values = full(elements, group.rank() == root ? 7.5 : -1);
                    group.broadcast(values, root, "values");
                    wrong += values.eq(new Scalar(7.5)).all().item_bool() ? 0 : 1;
                    values.close();
                }
            }
            return wrong;
        });
        assertThat(failures).containsOnly(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void messagesOfAnyLengthReachEverybody(int size) {
        List<List<byte[]>> all = onRanks(size, (group, factory) -> {
            assertThat(group.exchange(new byte[0], "nothing")).hasSize(size).allMatch(bytes -> bytes.length == 0);
            String mine = group.rank() == 1
                    ? ""
                    : "rank %d: ✗ ".formatted(group.rank()).repeat(group.rank() + 1);
            return group.exchange(mine.getBytes(StandardCharsets.UTF_8), "errors");
        });
        for (List<byte[]> messages : all) {
            assertThat(messages).hasSize(size);
            assertThat(messages.get(0)).asString(StandardCharsets.UTF_8).isEqualTo("rank 0: ✗ ");
            assertThat(messages.get(1)).isEmpty();
        }
    }

    @Test
    void callsRunInTheOrderInWhichTheyWereStarted() {
        List<List<Float>> results = onRanks(3, (group, factory) -> {
            Tensor values = full(500_000, 1.0);
            Tensor part = torch.zeros(3, 500_000).select(0, 0);
            Tensor whole = torch.zeros(1_500_000);
            Pending first = group.startAllReduceSum(values, "first");
            Pending second = group.startAllGather(values, whole, "second");
            Pending third = group.startReduceScatterSum(whole, part, "third");
            group.broadcast(part, 0, "fourth");
            // Awaited in another order, and more than once.
            third.await();
            first.await();
            second.await();
            third.await();
            return List.of(
                    values.data_ptr_float().get(0),
                    whole.data_ptr_float().get(1_499_999),
                    part.data_ptr_float().get(0));
        });
        assertThat(results).containsOnly(List.of(3f, 3f, 9f));
    }

    @Test
    void aStartedCallKeepsItsTensors() {
        List<Float> sums = onRanks(2, (group, factory) -> {
            Tensor output = torch.zeros(1 << 20);
            List<Pending> pending = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                // The scope ends before the call does.
                TensorScope.run(() -> pending.add(group.startReduceScatterSum(full(2 << 20, 1.0), output, "ones")));
            }
            pending.forEach(Pending::await);
            return output.sum().item_float();
        });
        assertThat(sums).containsOnly((float) (2 << 20));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void sentBytesAreCountedByKind(int size) {
        List<Traffic> traffics = onRanks(size, (group, factory) -> {
            Tensor whole = torch.zeros(size * 100_000L);
            Tensor part = torch.zeros(100_000);
            group.barrier("start");
            Traffic before = group.traffic();
            group.reduceScatterSum(whole, part, "gradients");
            group.startAllGather(part, whole, "weights").await();
            group.allReduceSum(whole, "loss");
            group.barrier("end");
            return group.traffic().since(before);
        });
        long bytes = size * 400_000L;
        long share = bytes / size * (size - 1);
        assertThat(traffics).containsOnly(new Traffic(2 * share, share, share, 0));
    }

    @Test
    void tensorsThatDoNotFitAreTheCallersMistakeAndNothingIsSent() {
        List<Float> sums = onRanks(2, (group, factory) -> {
            Tensor five = torch.zeros(5);
            Tensor two = torch.zeros(2);
            assertThatThrownBy(() -> group.reduceScatterSum(five, two, "gradients"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("gradients: wanted 2 × 2 elements, got 5");
            assertThatThrownBy(() -> group.allGather(two, five, "weights"))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> group.allReduceSum(torch.zeros(2, 3).t(), "x"))
                    .hasMessage("x: wanted a contiguous tensor");
            assertThatThrownBy(() -> group.allReduceSum(two.to(ScalarType.Short), "x"))
                    .hasMessageContaining("fp32, bf16, fp64 and int64");
            assertThatThrownBy(() -> group.reduceScatterSum(torch.zeros(4), two.to(ScalarType.BFloat16), "x"))
                    .hasMessage("x: a sum of float cannot be written as bfloat16");
            assertThatThrownBy(() -> group.broadcast(two, 2, "x")).hasMessage("x: no rank 2 of 2");
            Tensor one = torch.ones(1);
            group.allReduceSum(one, "good");
            return one.item_float();
        });
        assertThat(sums).containsOnly(2f);
    }

    @Test
    void groupsOfSomeRanksDoNotMixUp() {
        List<List<Float>> sums = onRanks(4, (world, factory) -> {
            int rank = world.rank();
            try (ProcessGroup tensor = factory.group("tensor", rank < 2 ? List.of(0, 1) : List.of(2, 3));
                    ProcessGroup shard = factory.group("shard", rank % 2 == 0 ? List.of(0, 2) : List.of(1, 3));
                    ProcessGroup alone = factory.group("alone", List.of(rank))) {
                List<Float> results = new ArrayList<>();
                for (ProcessGroup group : List.of(tensor, shard, alone, world)) {
                    Tensor mine = torch.tensor(new float[] {1 << rank});
                    group.allReduceSum(mine, "members");
                    results.add(mine.item_float());
                }
                world.barrier("end");
                return results;
            }
        });
        assertThat(sums)
                .isEqualTo(List.of(
                        List.of(3f, 5f, 1f, 15f),
                        List.of(3f, 10f, 2f, 15f),
                        List.of(12f, 5f, 4f, 15f),
                        List.of(12f, 10f, 8f, 15f)));
    }

    private static Tensor full(long elements, double value) {
        return torch.full(new long[] {elements}, new Scalar(value));
    }
}
