package dev.packtrain.jobs.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process of the test whose output goes to a file; it and its descendants are gone after {@link #close}. */
public final class JavaProcess implements AutoCloseable {
    private final Process process;
    private final Path log;

    private JavaProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** Starts it, whose first word is a {@code java}; {@code sparkHome} is in its environment. */
    public static JavaProcess start(Distribution distribution, List<String> command, Path log) {
        String dir = log.toAbsolutePath().getParent().toString();
        List<String> inDir = new ArrayList<>(command);
        // One that is killed cannot remove its temporary files and its Spark's blocks: they go with the test's
        // directory.
        inDir.add(1, "-Djava.io.tmpdir=" + dir);
        ProcessBuilder builder = new ProcessBuilder(inDir).redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().put("SPARK_HOME", distribution.sparkHome().toString());
        builder.environment().put("SPARK_SCALA_VERSION", "2.13");
        builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        builder.environment().put("SPARK_LOCAL_DIRS", dir);
        try {
            return new JavaProcess(builder.start(), log);
        } catch (IOException notStarted) {
            throw new UncheckedIOException(notStarted);
        }
    }

    /** Its exit status. */
    public int await() throws InterruptedException {
        if (!process.waitFor(Eventually.HANG_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("still running after %d s:%n%s".formatted(Eventually.HANG_SECONDS, output()));
        }
        return process.exitValue();
    }

    /** The process. */
    public ProcessHandle handle() {
        return process.toHandle();
    }

    /** What it wrote so far. */
    public String output() {
        try {
            return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    @Override
    public void close() {
        List<ProcessHandle> all = process.descendants().toList();
        process.destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
        process.onExit().join();
    }
}
