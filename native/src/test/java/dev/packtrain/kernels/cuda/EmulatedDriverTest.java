package dev.packtrain.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.packtrain.kernels.KernelResource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole way from Java through the presets to the kernels, with a driver whose GPU is the emulated one: what is tested is
 * the loading, the argument block and the launches, with the tile lists of Java.
 */
class EmulatedDriverTest {
    @Test
    void attentionFromJavaIsThatOfTheFormula(@TempDir Path directory) throws IOException, InterruptedException {
        assumeTrue(KernelResource.gpuKernels().isPresent(), "nvcc was not there: this build has no GPU kernels");
        CppPrograms.compile(
                directory.resolve("libcuda.so.1"),
                List.of("driver", "emulation/backend.cpp", "emulation/instructions.cpp", "emulation/machine.cpp"),
                List.of("-shared", "-fPIC", "-Wl,-soname,libcuda.so.1"));
        // The presets link against the CUDA runtime too, of which nothing is called.
        Path nothing = Files.writeString(directory.resolve("nothing.cpp"), "");
        CppPrograms.compile(
                directory.resolve("libcudart.so.13"),
                List.of(nothing.toAbsolutePath().toString()),
                List.of("-shared", "-fPIC", "-Wl,-soname,libcudart.so.13"));
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
                        EmulatedDriverMain.class.getName()),
                Map.of("LD_LIBRARY_PATH", directory.toString()));
        assertThat(result.status()).as(result.text()).isZero();
        assertThat(result.lines())
                .as(result.text())
                .filteredOn(line -> line.endsWith(" good"))
                .hasSize(5);
    }
}
