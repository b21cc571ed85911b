package dev.packtrain.jobs.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import dev.packtrain.training.options.Precision;
import java.util.List;
import java.util.Optional;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingPlanTest {
    private static final Percentage TWO_PERCENT = Percentage.withPercentage(2);
    private static final double PARAMETERS = 6_738_415_616.0;

    private static Workload llama(int accumulation, ParallelOptions parallel) {
        return new Workload(KnownModels.LLAMA_2_7B, Precision.BF16, false, 1, accumulation, parallel, 4096, 4096);
    }

    private static ParallelOptions options(Sharding stage, int tensor, boolean sequence, Recompute recompute) {
        return new ParallelOptions(tensor, sequence, stage, stage == Sharding.NONE ? 1 : -1, Offload.NONE, recompute);
    }

    private static Machines machines(int gpus, double gib) {
        return new Machines(gpus, 8, gib * (1L << 30), 3.0 * (1L << 30), 989e12, 0.4, 300e9, 40e9);
    }

    private static TrainingPlan plan(Workload work, int gpus) {
        return TrainingPlan.of(work, machines(gpus, 80), DeviceMesh.of(gpus, work.parallel()));
    }

    /** Bytes a parameter, several passes a step: 16, 6 + 10/n, 2 + 14/n, 16/n. */
    @ParameterizedTest
    @CsvSource({"NONE, 1, 16", "NONE, 8, 16", "STAGE1, 8, 7.25", "STAGE2, 8, 3.75", "STAGE3, 8, 2"})
    void weightsGradientsAndStatesAreWhatZeroSays(Sharding stage, int gpus, double bytes) {
        RankMemory memory =
                plan(llama(4, options(stage, 1, false, Recompute.NONE)), gpus).memory();
        assertThat((memory.weights() + memory.gradients() + memory.states()) / PARAMETERS)
                .isCloseTo(bytes, TWO_PERCENT);
    }

    /** A step of one pass needs no sums in fp32, unless replicas are added up: 14, 16, 4 + 10/n. */
    @ParameterizedTest
    @CsvSource({"NONE, 1, 14", "NONE, 8, 16", "STAGE1, 8, 5.25"})
    void oneBackwardPassAStepTakesLess(Sharding stage, int gpus, double bytes) {
        RankMemory memory =
                plan(llama(1, options(stage, 1, false, Recompute.NONE)), gpus).memory();
        assertThat((memory.weights() + memory.gradients() + memory.states()) / PARAMETERS)
                .isCloseTo(bytes, TWO_PERCENT);
    }

    @Test
    void whatIsOffloadedIsNotOnTheGpu() {
        for (Offload offload : List.of(Offload.HOST, Offload.DISK)) {
            RankMemory memory = plan(
                            llama(2, new ParallelOptions(1, false, Sharding.STAGE3, -1, offload, Recompute.NONE)), 8)
                    .memory();
            assertThat(memory.weights() + memory.states()).isZero();
            assertThat(memory.gradients() == 0).isEqualTo(offload == Offload.DISK);
            assertThat((memory.gradients() + memory.offloaded()) / PARAMETERS).isCloseTo(2, TWO_PERCENT);
        }
    }

    /** Llama-2-7B in bf16: of 2,048 rows of 32,000 logits, or 4,096 rows 11,008 wide: the latter is more, in eleven fp32 matrices. */
    @Test
    void libtorchsOperationsTakeCopiesInFp32() {
        Workload kernels = llama(1, options(Sharding.NONE, 1, false, Recompute.NONE));
        Workload libtorch = new Workload(
                kernels.model(),
                Optional.empty(),
                Optional.empty(),
                Precision.BF16,
                false,
                true,
                1,
                1,
                kernels.parallel(),
                4096,
                4096);
        long operation = (2L * 11_008 + 3 * 4096) * 2 * 4096;
        long logits = 2048L * 32_000 * 2 + 2L * 4096 * 4096 * 2;
        RankMemory less = plan(kernels, 1).memory();
        RankMemory more = plan(libtorch, 1).memory();
        assertThat(more.buffers() - less.buffers())
                .isEqualTo(operation + 11L * 11_008 * 4 * 4096 - Math.max(operation, logits));
        assertThat(more.total() - more.buffers()).isEqualTo(less.total() - less.buffers());
    }

    /** In bytes of weights, of one pass a step, times (n − 1)/n: 2Ψ, twice that where sums are fp32, 3Ψ at stage 3. */
    @ParameterizedTest
    @CsvSource({"NONE, 4", "STAGE1, 2", "STAGE2, 2", "STAGE3, 3"})
    void dataParallelismSendsWhatZeroSays(Sharding stage, double volumes) {
        long sent = plan(llama(1, options(stage, 1, false, Recompute.NONE)), 8).traffic().stream()
                .mapToLong(Transfer::bytes)
                .sum();
        assertThat(sent / (2 * PARAMETERS * 7 / 8)).isCloseTo(volumes, TWO_PERCENT);
    }

    @Test
    void tensorParallelismSendsTheStreamFourTimesABlockAndSequenceParallelismAsMuchAndInputs() {
        double stream = 2.0 * 4096 * 4096;
        long tensor = sentOver("tensor", options(Sharding.NONE, 8, false, Recompute.NONE));
        assertThat(tensor / (2 * stream * 7 / 8)).isCloseTo(4 * 32 + 2, within(0.1));
        long sequence = sentOver("tensor", options(Sharding.NONE, 8, true, Recompute.NONE));
        assertThat(sequence / (stream * 7 / 8)).isCloseTo(10 * 32 + 4, within(0.2));
        long again = sentOver("tensor", options(Sharding.NONE, 8, false, Recompute.FULL));
        assertThat(again / (2 * stream * 7 / 8)).isCloseTo(5 * 32 + 2, within(0.1));
    }

    private static long sentOver(String axis, ParallelOptions options) {
        return plan(llama(1, options), 8).traffic().stream()
                .filter(transfer -> transfer.axis().equals(axis))
                .mapToLong(Transfer::bytes)
                .sum();
    }

    /** 6 a parameter and token; the head counts, the embedding does not; attention of 4096 tokens adds a tenth. */
    @Test
    void aStepComputesSixTimesItsParametersAndTokens() {
        StepTime none = plan(llama(2, options(Sharding.NONE, 1, false, Recompute.NONE)), 1)
                .time();
        double linear = 6 * (PARAMETERS - 32_000L * 4096) * 2 * 4096;
        double attention = 6.0 * 32 * 4096 * 4096 * 2 * 4096;
        assertThat(none.modelFlops()).isCloseTo(linear + attention, Percentage.withPercentage(0.1));
        assertThat(none.againFlops()).isZero();
        assertThat(none.computeSeconds()).isCloseTo(none.modelFlops() / 989e12 / 0.4, within(1e-9));

        StepTime full = plan(llama(2, options(Sharding.NONE, 1, false, Recompute.FULL)), 1)
                .time();
        // A forward pass more, less the last projection of each block, which nobody needs again, and the head.
        assertThat(full.againFlops() / none.modelFlops()).isBetween(0.23, 1.0 / 3);
        StepTime core = plan(llama(2, options(Sharding.NONE, 1, false, Recompute.CORE_ATTN)), 1)
                .time();
        assertThat(core.againFlops()).isCloseTo(attention / 3, within(1.0));
        StepTime four = plan(llama(2, options(Sharding.NONE, 4, false, Recompute.FULL)), 4)
                .time();
        assertThat(four.againFlops() * 4).isCloseTo(full.againFlops(), Percentage.withPercentage(0.1));
    }

    @Test
    void theSmallestMeshIsTheFirstThatFitsAndNoSmallerOneDoes() {
        TrainingPlan plan = plan(llama(1, options(Sharding.NONE, 1, false, Recompute.FULL)), 1);

        assertThat(plan.fits()).isFalse();
        MeshSearch.Candidate smallest = plan.search().smallest().orElseThrow();
        assertThat(smallest.memory().total())
                .isLessThanOrEqualTo((long) plan.machines().usableBytes());
        assertThat(plan.search().closest()).hasValueSatisfying(closest -> {
            assertThat(closest.mesh().worldSize()).isLessThan(smallest.mesh().worldSize());
            assertThat(closest.memory().total())
                    .isGreaterThan((long) plan.machines().usableBytes());
        });
        // 16 bytes a parameter are 100.4 GiB, so one GPU is not enough, and two are.
        assertThat(smallest.mesh().worldSize()).isEqualTo(2);

        Workload tiny = llama(1, options(Sharding.NONE, 1, false, Recompute.NONE));
        assertThat(new MeshSearch(tiny, machines(1, 500))
                        .search()
                        .smallest()
                        .orElseThrow()
                        .mesh())
                .isEqualTo(DeviceMesh.ONE);
        assertThat(new MeshSearch(tiny, machines(1, 3.5)).search().smallest()).isEmpty();
    }

    @Test
    void everyMeshThatIsProposedIsOneThatTheRecipeKeysGive() {
        for (int gib : List.of(20, 40, 80)) {
            MeshSearch.Candidate found = new MeshSearch(
                            llama(1, options(Sharding.NONE, 1, false, Recompute.FULL)), machines(1, gib))
                    .search()
                    .smallest()
                    .orElseThrow();
            assertThat(DeviceMesh.of(found.mesh().worldSize(), found.parallel()))
                    .isEqualTo(found.mesh());
        }
    }
}
