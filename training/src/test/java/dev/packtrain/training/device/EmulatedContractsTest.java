package dev.packtrain.training.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.packtrain.kernels.KernelResource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What training does with Packtrain's GPU kernels, under the contracts that a real GPU is held to, but on an emulated one: in a
 * JVM of its own, because to others a GPU would seem to be there.
 */
class EmulatedContractsTest {
    private static final Path SCRIPT = Path.of("native/src/test/sh/emulated-gpu.sh");

    @Test
    void contractsHold(@TempDir Path driver) throws Exception {
        assumeTrue(KernelResource.gpuKernels().isPresent(), "nvcc was not there: this build has no GPU kernels");
        Path project =
                Path.of(System.getProperty("basedir", ".")).toAbsolutePath().getParent();
        Output made = run(driver, List.of("bash", project.resolve(SCRIPT).toString(), driver.toString()));
        assertThat(made.status()).as(made.text()).isZero();
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Output tested = run(
                driver,
                List.of(
                        java,
                        "-XX:TieredStopAtLevel=1",
                        "-XX:-UsePerfData",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ContractsMain.class.getName(),
                        "dev.packtrain.training.device.PassesCheckOnEmulatedGpu",
                        "dev.packtrain.training.attention.FlashMaskCheckOnEmulatedGpu",
                        "dev.packtrain.training.fused.FusedOpsOnEmulatedGpu",
                        "dev.packtrain.training.loss.LogitsMathOnEmulatedGpu",
                        "dev.packtrain.training.optim.FlatMathOnEmulatedGpu",
                        "dev.packtrain.training.quantize.QuantizedOnEmulatedGpu"));
        assertThat(tested.status()).as(tested.text()).isZero();
        assertThat(tested.text()).contains("65 tests, 0 failures");
    }

    private record Output(int status, String text) {}

    private static Output run(Path driver, List<String> command) throws IOException, InterruptedException {
        Path log = driver.resolve("output.log");
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LD_LIBRARY_PATH", driver.toString());
        Process process = builder.redirectOutput(log.toFile()).start();
        boolean ended = process.waitFor(15, TimeUnit.MINUTES);
        process.destroyForcibly();
        return new Output(ended ? process.waitFor() : -1, Files.readString(log));
    }
}
