package dev.packtrain.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.packtrain.kernels.KernelResource;
import dev.packtrain.kernels.QuantizedFormat;
import dev.packtrain.kernels.QuantizedLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole way from Java through the presets to the kernels, with a driver whose GPU is the emulated one: what is tested is
 * the loading, the argument block and the launches, with the tile lists of Java.
 */
class EmulatedDriverTest {
    @TempDir
    static Path directory;

    @BeforeAll
    static void makeTheDriver() throws IOException, InterruptedException {
        assumeTrue(KernelResource.gpuKernels().isPresent(), "nvcc was not there: this build has no GPU kernels");
        Path script = Path.of(System.getProperty("basedir", ".")).resolve("src/test/sh/emulated-gpu.sh");
        CppPrograms.Result made = CppPrograms.run(List.of("bash", script.toString(), directory.toString()), Map.of());
        assertThat(made.status()).as(made.text()).isZero();
    }

    @Test
    void attentionFromJavaIsThatOfTheFormula() throws IOException, InterruptedException {
        assertAllGood(EmulatedDriverMain.class, 5);
    }

    @Test
    void passesFromJavaAreThoseOfTheCpu() throws IOException, InterruptedException {
        assertAllGood(EmulatedPassesMain.class, 309);
    }

    @Test
    void whatTheKernelsOfQuantisedMatricesCannotReadIsRefused() {
        QuantizedLayout odd = new QuantizedLayout(QuantizedFormat.NF4, 64, 0, 100, 0, 1, 0, 100);
        assertThat(QuantizedCuda.takes(odd)).isFalse();
        assertThatThrownBy(() -> new QuantizedArguments(odd, 0, 0, 0, 0, 0)).hasMessageContaining("multiples of 8");
    }

    private static void assertAllGood(Class<?> program, int comparisons) throws IOException, InterruptedException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String cache = "-Dorg.bytedeco.javacpp.cachedir=" + directory.resolve("cache");
        String classPath = System.getProperty("java.class.path");
        CppPrograms.Result result = CppPrograms.run(
                List.of(
                        java,
                        "-XX:TieredStopAtLevel=1",
                        "-XX:-UsePerfData",
                        cache,
                        "-cp",
                        classPath,
                        program.getName()),
                Map.of("LD_LIBRARY_PATH", directory.toString()));
        assertThat(result.status()).as(result.text()).isZero();
        assertThat(result.lines())
                .as(result.text())
                .filteredOn(line -> line.endsWith(" good"))
                .hasSize(comparisons);
    }
}
