package dev.packtrain.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Compiles the kernels' source for the emulated GPU, and runs programs. */
final class CppPrograms {
    private CppPrograms() {}

    /** Exit status and lines of both outputs. */
    record Result(int status, List<String> lines) {
        String text() {
            return String.join("\n", lines);
        }
    }

    /**
     * Compiles.
     *
     * @param output file to make
     * @param sources folders of which all .cpp files are taken, and files, below src/test/cuda
     * @param options more of the compiler's
     */
    static void compile(Path output, List<String> sources, List<String> options)
            throws IOException, InterruptedException {
        Path module = Path.of(System.getProperty("basedir", "."));
        Path tests = module.resolve("src/test/cuda");
        String compiler = System.getenv().getOrDefault("CXX", "g++");
        List<String> command = new ArrayList<>(List.of(compiler.split(" ")));
        // Fibers jump between stacks, which a fortified longjmp takes for an error.
        command.addAll(List.of("-std=c++17", "-O2", "-U_FORTIFY_SOURCE", "-Wall", "-Wextra", "-Werror"));
        command.addAll(List.of("-Wno-unknown-pragmas", "-I" + tests.resolve("emulation"), "-I" + tests));
        command.add("-I" + module.resolve("src/main/cuda"));
        command.addAll(options);
        command.addAll(List.of("-o", output.toString()));
        for (String source : sources) {
            command.addAll(cppFiles(tests.resolve(source)));
        }
        Result result = run(command, Map.of());
        assertThat(result.status()).as(result.text()).isZero();
    }

    private static List<String> cppFiles(Path path) throws IOException {
        if (Files.isRegularFile(path)) {
            return List.of(path.toString());
        }
        try (Stream<Path> files = Files.list(path)) {
            return files.map(Path::toString)
                    .filter(name -> name.endsWith(".cpp"))
                    .sorted()
                    .toList();
        }
    }

    /** Runs a command to its end. */
    static Result run(List<String> command, Map<String, String> environment) throws IOException, InterruptedException {
        Path output = Files.createTempFile("packtrain-program-", ".log");
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().putAll(environment);
            Process process = builder.redirectOutput(output.toFile()).start();
            boolean ended = process.waitFor(15, TimeUnit.MINUTES);
            process.destroyForcibly();
            Result result = new Result(process.waitFor(), Files.readAllLines(output, StandardCharsets.UTF_8));
            assertThat(ended).as(result.text()).isTrue();
            return result;
        } finally {
            Files.delete(output);
        }
    }
}
