package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The command line of a JVM that a test starts: Java and classes of this one, ready soon and as small as a training
 * process, with one thread for libtorch.
 */
public final class ChildJvm {
    private final List<String> under = new ArrayList<>();
    private final List<String> options = new ArrayList<>();
    private final List<String> program = new ArrayList<>();

    private ChildJvm(String heap, Class<?> main, List<String> arguments) {
        options.addAll(List.of(
                "-Xmx" + heap,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                // Its file in the system's temporary directory would outlive a process that is killed.
                "-XX:-UsePerfData",
                // Arrow reads the address of direct buffers.
                "--add-opens=java.base/java.nio=ALL-UNNAMED"));
        program.add(main.getName());
        program.addAll(arguments);
    }

    /**
     * A JVM that runs a main class.
     *
     * @param heap its largest, such as {@code 256m}
     * @param arguments whose texts the main class gets
     */
    public static ChildJvm of(String heap, Class<?> main, Object... arguments) {
        return new ChildJvm(
                heap, main, Stream.of(arguments).map(String::valueOf).toList());
    }

    /** More options of the JVM, which win over those before. */
    public ChildJvm with(String... more) {
        options.addAll(List.of(more));
        return this;
    }

    /** A command that takes the JVM's as its last arguments, to run it under a limit or somewhere else. */
    public ChildJvm under(List<String> command) {
        under.addAll(command);
        return this;
    }

    /**
     * Starts it and waits until it has ended well.
     *
     * @param dir an empty directory, for what it prints
     * @return what it printed
     */
    public String output(Path dir) throws IOException, InterruptedException {
        Path output = dir.resolve("output");
        Path errors = dir.resolve("errors");
        Process process = builder()
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile())
                .start();
        try {
            assertThat(process.waitFor(10, TimeUnit.MINUTES)).as("it ends").isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(Files.readString(errors)).isZero();
        return Files.readString(output).strip();
    }

    /** To be started. */
    public ProcessBuilder builder() {
        List<String> command = new ArrayList<>(under);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(program);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("OMP_NUM_THREADS", "1");
        // The same number of threads at every call: a sum's order, and so its last bits, depend on it.
        builder.environment().put("MKL_DYNAMIC", "FALSE");
        return builder;
    }
}
