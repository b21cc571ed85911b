package dev.packtrain.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The CUDA kernels' source, compiled by the C++ compiler and run on an emulated GPU: forward and backward against fp64 and a
 * plain 16-bit implementation. Says nothing about concurrency on a real GPU, nor about speed.
 */
class EmulatedGpuTest {
    private static CppPrograms.Result report;

    @BeforeAll
    static void compileAndRun(@TempDir Path directory) throws IOException, InterruptedException {
        Path program = directory.resolve("emulated-gpu");
        CppPrograms.compile(program, List.of(".", "emulation"), List.of());
        report = CppPrograms.run(List.of(program.toString()), Map.of());
    }

    @Test
    void errorsAreAtMostTwiceThoseOfAPlainImplementationAndEqualCallsGiveEqualBits() {
        assertThat(report.lines())
                .as(report.text())
                .filteredOn(line -> line.endsWith(" good"))
                .hasSize(36);
        assertThat(report.status()).as(report.text()).isZero();
    }

    @Test
    void sharedMemoryIsReadWithoutBankConflicts() {
        assertThat(report.lines())
                .anyMatch(line -> line.matches("0 of [1-9][0-9]+ shared memory reads with bank conflicts"));
    }

    @Test
    void blocksAskForTheSharedMemoryThatTheKernelsUse() {
        Pass[] passes = {Pass.FORWARD, Pass.ROW_SUMS, Pass.BACKWARD_QUERY, Pass.BACKWARD_KEY};
        for (int pass = 0; pass < passes.length; pass++) {
            for (int headDim = 32; headDim <= 256; headDim += 16) {
                assertThat(report.lines())
                        .contains("shared %d %d %d, parts %d"
                                .formatted(
                                        pass,
                                        headDim,
                                        passes[pass].sharedBytes(headDim),
                                        GpuAttentionShape.parts(headDim)));
            }
        }
    }
}
