package dev.packtrain.training;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** A process of a {@link MeshLab}, seen from the test. */
final class MeshLabProcess implements AutoCloseable {
    private static final int SHOWN_ERROR_LINES = 60;
    private static final long STACKS_SECONDS = 20;

    private final Process process;
    private final BufferedWriter input;
    private final Path errors;

    /**
     * What a process wrote.
     *
     * @param text null: it has ended
     */
    record Line(int rank, String text) {}

    private MeshLabProcess(Process process, Path errors) {
        this.process = process;
        this.input = process.outputWriter(StandardCharsets.UTF_8);
        this.errors = errors;
    }

    /** Starts it; what it writes goes to {@code lines}. */
    static MeshLabProcess start(int rank, BlockingQueue<Line> lines) throws IOException {
        Path errors = Files.createTempFile("mesh-lab-" + rank + "-", ".txt");
        ProcessBuilder builder = new ProcessBuilder(
                jdkTool("java"),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                MeshLabRank.class.getName());
        builder.environment().put("OMP_NUM_THREADS", "1");
        builder.environment().put("MKL_DYNAMIC", "FALSE");
        builder.redirectError(errors.toFile());
        MeshLabProcess started = new MeshLabProcess(builder.start(), errors);
        Thread reader = new Thread(() -> started.read(rank, lines), "mesh-lab-" + rank);
        reader.setDaemon(true);
        reader.start();
        return started;
    }

    private static String jdkTool(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }

    private void read(int rank, BlockingQueue<Line> lines) {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(new Line(rank, line));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            lines.add(new Line(rank, null));
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Writes a line to it; if it is dead, that shows when it is read from. */
    void tell(String line) throws IOException {
        if (process.isAlive()) {
            input.write(line + "\n");
            input.flush();
        }
    }

    /** The last lines of its standard error. */
    String errors() throws IOException {
        List<String> lines = Files.readAllLines(errors);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - SHOWN_ERROR_LINES), lines.size())) + "\n";
    }

    /** Where its threads are, and the last lines of its standard error. */
    String stacks() throws IOException, InterruptedException {
        Path file = Files.createTempFile("mesh-lab-stacks-", ".txt");
        try {
            Process jstack = new ProcessBuilder(jdkTool("jstack"), Long.toString(process.pid()))
                    .redirectErrorStream(true)
                    .redirectOutput(file.toFile())
                    .start();
            if (!jstack.waitFor(STACKS_SECONDS, TimeUnit.SECONDS)) {
                jstack.destroyForcibly();
            }
            return Files.readString(file) + errors();
        } finally {
            Files.delete(file);
        }
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        Files.deleteIfExists(errors);
    }
}
