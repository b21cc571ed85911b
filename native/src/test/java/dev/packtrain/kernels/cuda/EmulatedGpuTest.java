package dev.packtrain.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The CUDA kernels' source, compiled by the C++ compiler and run on an emulated GPU: forward and backward against fp64 and a
 * plain 16-bit implementation. Says nothing about concurrency on a real GPU, nor about speed.
 */
class EmulatedGpuTest {
    @TempDir
    static Path directory;

    private static List<String> report;
    private static int status;

    @BeforeAll
    static void compileAndRun() throws IOException, InterruptedException {
        Path module = Path.of(System.getProperty("basedir", "."));
        Path tests = module.resolve("src/test/cuda");
        String compiler = System.getenv().getOrDefault("CXX", "g++");
        List<String> command = new ArrayList<>(List.of(compiler.split(" ")));
        // Fibers jump between stacks, which a fortified longjmp takes for an error.
        command.addAll(List.of("-std=c++17", "-O1", "-U_FORTIFY_SOURCE", "-Wall", "-Wextra", "-Werror"));
        command.addAll(List.of("-Wno-unknown-pragmas", "-I" + tests.resolve("emulation"), "-I" + tests));
        command.add("-I" + module.resolve("src/main/cuda"));
        Path program = directory.resolve("emulated-gpu");
        command.addAll(List.of("-o", program.toString()));
        for (Path folder : List.of(tests, tests.resolve("emulation"))) {
            try (Stream<Path> files = Files.list(folder)) {
                files.map(Path::toString)
                        .filter(name -> name.endsWith(".cpp"))
                        .sorted()
                        .forEach(command::add);
            }
        }
        assertThat(run(command)).as(String.join("\n", report)).isZero();
        status = run(List.of(program.toString()));
    }

    private static int run(List<String> command) throws IOException, InterruptedException {
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(5, TimeUnit.MINUTES);
        process.destroyForcibly();
        report = Files.readAllLines(output, StandardCharsets.UTF_8);
        assertThat(ended).as(String.join("\n", report)).isTrue();
        return process.exitValue();
    }

    @Test
    void errorsAreAtMostTwiceThoseOfAPlainImplementationAndEqualCallsGiveEqualBits() {
        assertThat(report)
                .as(String.join("\n", report))
                .filteredOn(line -> line.endsWith(" good"))
                .hasSize(18);
        assertThat(status).as(String.join("\n", report)).isZero();
    }

    @Test
    void sharedMemoryIsReadWithoutBankConflicts() {
        assertThat(report).anyMatch(line -> line.matches("0 of [1-9][0-9]+ shared memory reads with bank conflicts"));
    }

    @Test
    void blocksAskForTheSharedMemoryThatTheKernelsUse() {
        Pass[] passes = {Pass.FORWARD, Pass.ROW_SUMS, Pass.BACKWARD_QUERY, Pass.BACKWARD_KEY};
        for (int pass = 0; pass < passes.length; pass++) {
            for (int headDim : new int[] {32, 64, 96, 128}) {
                assertThat(report).contains("shared " + pass + " " + headDim + " " + passes[pass].sharedBytes(headDim));
            }
        }
    }
}
