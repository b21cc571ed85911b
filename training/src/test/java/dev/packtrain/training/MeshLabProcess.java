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
    private static final long STACKS_SECONDS = 120;

    private final Process process;
    private final BufferedWriter input;
    private final Path errors;
    private volatile boolean closed;

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

    /**
     * Starts it.
     *
     * @param temp its directory for temporary files
     * @param lines what it writes
     */
    static MeshLabProcess start(int rank, Path temp, BlockingQueue<Line> lines) throws IOException {
        Path errors = temp.resolve("rank-" + rank + ".txt");
        ProcessBuilder builder = ChildJvm.of("256m", MeshLabRank.class)
                .with("-Djava.io.tmpdir=" + temp)
                .builder()
                .redirectError(errors.toFile());
        MeshLabProcess started = new MeshLabProcess(builder.start(), errors);
        Thread reader = new Thread(() -> started.read(rank, lines), "mesh-lab-" + rank);
        reader.setDaemon(true);
        reader.start();
        return started;
    }

    private void read(int rank, BlockingQueue<Line> lines) {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(new Line(rank, line));
            }
        } catch (IOException e) {
            if (!closed) {
                throw new UncheckedIOException(e);
            }
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
        Path file = errors.resolveSibling("stacks.txt");
        String tool = Path.of(System.getProperty("java.home"), "bin", "jstack").toString();
        Process jstack = new ProcessBuilder(tool, Long.toString(process.pid()))
                .redirectErrorStream(true)
                .redirectOutput(file.toFile())
                .start();
        if (!jstack.waitFor(STACKS_SECONDS, TimeUnit.SECONDS)) {
            jstack.destroyForcibly();
        }
        // Where HotSpot listens for jstack; a process that is killed does not take it away.
        Files.deleteIfExists(Path.of("/tmp", ".java_pid" + process.pid()));
        return Files.readString(file) + errors();
    }

    /** Returns when it has ended. */
    @Override
    public void close() {
        closed = true;
        process.destroyForcibly().onExit().join();
    }
}
