package dev.packtrain.jobs.ways;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.jobs.cluster.Distribution;
import dev.packtrain.jobs.cluster.Eventually;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The packaged jars of this checkout, and programs that run on them in a JVM of their own. */
final class BuiltTree {
    private static final Distribution DISTRIBUTION = Distribution.find();

    record Result(int status, String output) {}

    private BuiltTree() {}

    /** The checkout's root. */
    static Path root() {
        return DISTRIBUTION.jobsDir().toAbsolutePath().getParent();
    }

    static Path lib() {
        return DISTRIBUTION.libDir();
    }

    static Path jobsJar() {
        return DISTRIBUTION.jobsJar();
    }

    /** The bundled Spark. */
    static String sparkJars() {
        return DISTRIBUTION.sparkJars();
    }

    /** Everything that {@code ./packtrain} puts on the class path. */
    static String classPath() {
        return DISTRIBUTION.classPath();
    }

    /** Where a class of the test's own class path comes from. */
    static String sourceOf(Class<?> type) {
        return new File(type.getProtectionDomain().getCodeSource().getLocation().getPath()).toString();
    }

    static Result java(Path workDir, String classPath, String... programAndArgs)
            throws IOException, InterruptedException {
        List<String> command = Distribution.java("1g", classPath);
        command.addAll(List.of(programAndArgs));
        return run(workDir, command);
    }

    /** Runs a program to its end; its standard output and error come back together. */
    static Result run(Path workDir, List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile(workDir, "output-", ".txt");
        Process process = new ProcessBuilder(command)
                .directory(workDir.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(Eventually.HANG_SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();
        assertThat(ended).as(Files.readString(output)).isTrue();
        return new Result(process.exitValue(), Files.readString(output));
    }

    /** The folder that a quickstart made. */
    static Path quickstartFolder(Path workDir) throws IOException {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(workDir, "quickstart-*")) {
            return folders.iterator().next();
        }
    }
}
