package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import dev.packtrain.training.options.Precision;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bytes a parameter by kind, and bytes sent a step, against the formulas of docs/parallelism.md. */
@ExtendWith(MeshLab.Shared.class)
class ShardingMemoryDistributedTest {
    private static final double TOLERANCE = 0.02;
    /** Padding of the last share of every part: 128 elements of 6 parts at most. */
    private static final double PADDING = 0.001;

    /** In bf16 with Adam; what the paper says is the last column. */
    @ParameterizedTest
    @CsvSource({
        "NONE,   1, 2,   2,   10,  16",
        "NONE,   2, 2,   4,   10,  16",
        "STAGE1, 2, 2,   2,   5,   10",
        "STAGE1, 4, 2,   2,   2.5, 7",
        "STAGE2, 2, 2,   2,   5,   9",
        "STAGE2, 4, 2,   1,   2.5, 5.5",
        "STAGE3, 2, 1,   2,   5,   8",
        "STAGE3, 4, 0.5, 1,   2.5, 4"
    })
    void aRankKeepsWhatTheFormulaSays(
            Sharding stage, int ranks, double weights, double gradients, double states, double paper, MeshLab lab)
            throws Exception {
        for (MeshMemory.Found found : found(lab, ranks, options(stage, Offload.NONE), Precision.BF16, 1)) {
            double elements = found.elements();
            assertThat(found.bytes().weights() / elements / weights).isCloseTo(1, within(TOLERANCE));
            assertThat(found.bytes().gradients() / elements / gradients).isCloseTo(1, within(TOLERANCE));
            assertThat(found.bytes().states() / elements / states).isCloseTo(1, within(TOLERANCE));
            long kept = found.bytes().total() - found.bytes().buffers();
            assertThat(kept / elements).isLessThanOrEqualTo(paper * (1 + PADDING));
        }
    }

    /** In units of the model's bytes times (n − 1)/n: a ring's share. */
    @ParameterizedTest
    @CsvSource({
        "NONE,   2, FP32, 1, 2",
        "NONE,   4, FP32, 3, 2",
        "STAGE1, 2, BF16, 1, 2",
        "STAGE1, 4, FP32, 3, 2",
        "STAGE2, 2, BF16, 1, 2",
        "STAGE2, 4, FP32, 1, 2",
        "STAGE2, 4, FP32, 2, 3",
        "STAGE3, 2, BF16, 1, 3",
        "STAGE3, 4, FP32, 1, 3"
    })
    void aStepSendsWhatTheFormulaSays(
            Sharding stage, int ranks, Precision precision, int passes, double volume, MeshLab lab) throws Exception {
        for (MeshMemory.Found found : found(lab, ranks, options(stage, Offload.NONE), precision, passes)) {
            double model = found.elements() * (precision == Precision.BF16 ? 2.0 : 4.0) * (ranks - 1) / ranks;
            assertThat(found.sent() / model / volume).isCloseTo(1, within(TOLERANCE));
        }
    }

    private static List<MeshMemory.Found> found(
            MeshLab lab, int ranks, ParallelOptions parallel, Precision precision, int passes) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        return lab.run(ranks, MeshMemory.class, new MeshMemory.Case(parallel, precision, passes)).stream()
                .map(outcome -> mapper.convertValue(outcome.result(), MeshMemory.Found.class))
                .toList();
    }

    private static ParallelOptions options(Sharding stage, Offload offload) {
        return new ParallelOptions(1, false, stage, ParallelOptions.ALL_RANKS, offload, Recompute.NONE);
    }
}
