package dev.packtrain.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.BatchOptions;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class StepPlanTest {
    /** Made with a program of its own, from the algorithm in PackOrder's documentation. */
    private static final int[] GOLDEN_EPOCH_0 = {2, 8, 9, 7, 1, 4, 6, 0, 5, 3};

    private static final int[] GOLDEN_EPOCH_1 = {3, 1, 6, 8, 4, 5, 9, 7, 2, 0};

    @Test
    void theOrderNeverChanges() {
        // Written down once: a change here would change every run's data order.
        assertThat(PackOrder.permutation(42, 0, 10)).containsExactly(GOLDEN_EPOCH_0);
        assertThat(PackOrder.permutation(42, 1, 10)).containsExactly(GOLDEN_EPOCH_1);
    }

    @Test
    void aStepOfMorePacksThanCanBeCountedIsRefused() {
        assertThatThrownBy(() -> new StepPlan(10, new BatchOptions(50_000, 50_000, 5, 1, 42), 2))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(
                        "per_device_train_batch_size 50000 × gradient_accumulation_steps 50000 × 2 data ranks are 5000000000 packs a step");
    }

    @Test
    void lowerBucketsComeFirstEachInItsShuffledOrder() {
        int[] bucketOf = {2, 0, 1, 0, 2, 0, 1, 0, 0, 2};
        assertThat(PackOrder.permutation(42, 0, bucketOf)).containsExactly(8, 7, 1, 5, 3, 2, 6, 9, 4, 0);
        StepPlan plan = new StepPlan(bucketOf, new BatchOptions(5, 1, -1, 1, 42), 1);
        assertThat(plan.globalBatch(0)).containsExactly(8, 7, 1, 5, 3);
        assertThat(plan.globalBatch(1)).containsExactly(2, 6, 9, 4, 0);
    }

    @Property(tries = 200)
    void everyEpochTakesEveryPackOnce(
            @ForAll @IntRange(min = 1, max = 60) int numPacks,
            @ForAll @IntRange(min = 1, max = 3) int size,
            @ForAll @IntRange(min = 1, max = 3) int accumulation,
            @ForAll @IntRange(min = 1, max = 4) int worldSize,
            @ForAll long seed) {
        StepPlan plan = new StepPlan(numPacks, new BatchOptions(size, accumulation, -1, 2, seed), worldSize);
        assertThat(plan.totalSteps()).isEqualTo(2 * plan.stepsPerEpoch());
        int[] seen = IntStream.range(0, plan.stepsPerEpoch())
                .flatMap(step -> IntStream.range(0, worldSize)
                        .flatMap(rank -> plan.microbatches(step, rank).stream().flatMapToInt(Arrays::stream)))
                .sorted()
                .toArray();
        assertThat(seen).containsExactly(IntStream.range(0, numPacks).toArray());
    }

    @Property(tries = 200)
    void ranksAndAccumulationAreInterchangeable(
            @ForAll @IntRange(min = 1, max = 60) int numPacks,
            @ForAll @IntRange(min = 1, max = 3) int size,
            @ForAll @IntRange(min = 1, max = 3) int accumulation,
            @ForAll @IntRange(min = 1, max = 4) int worldSize) {
        StepPlan many = new StepPlan(numPacks, new BatchOptions(size, accumulation, 5, 1, 7), worldSize);
        StepPlan one = new StepPlan(numPacks, new BatchOptions(size, accumulation * worldSize, 5, 1, 7), 1);
        for (int step = 0; step < 5; step++) {
            List<int[]> alone = one.microbatches(step, 0);
            for (int m = 0; m < accumulation; m++) {
                for (int rank = 0; rank < worldSize; rank++) {
                    assertThat(many.microbatches(step, rank).get(m)).isEqualTo(alone.get(m * worldSize + rank));
                }
            }
        }
    }

    @Test
    void epochsMayBeFractions() {
        StepPlan plan = new StepPlan(10, new BatchOptions(2, 1, -1, 1.5, 0), 2);
        assertThat(plan.stepsPerEpoch()).isEqualTo(3);
        assertThat(plan.totalSteps()).isEqualTo(5);
        assertThat(plan.epochsAfter(3)).isEqualTo(1.0);
        assertThat(plan.positionAfter(2)).isEqualTo(8);
        assertThat(plan.positionAfter(3)).isZero();
        assertThat(plan.globalBatch(2)).hasSize(2);
        assertThat(plan.microbatches(2, 1)).singleElement().isEqualTo(new int[0]);
    }

    @Test
    void nothingToTrainOnIsTheUsersMistake() {
        assertThatThrownBy(() -> new StepPlan(0, new BatchOptions(1, 1, 1, 1, 0), 1))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("no packs");
        assertThatThrownBy(() -> new StepPlan(3, new BatchOptions(1, 1, -1, 0, 0), 1))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("num_train_epochs");
    }
}
