package dev.packtrain.jobs.ways;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The packaged jars of this checkout, and programs that run on them in a JVM of their own. */
final class BuiltTree {
    private static final long LIMIT_MINUTES = 5;
    private static final List<String> OPENED = List.of(
            "java.lang",
            "java.lang.invoke",
            "java.lang.reflect",
            "java.io",
            "java.net",
            "java.nio",
            "java.util",
            "java.util.concurrent",
            "java.util.concurrent.atomic",
            "jdk.internal.ref",
            "sun.nio.ch",
            "sun.nio.cs",
            "sun.security.action",
            "sun.util.calendar");

    record Result(int status, String output) {}

    private BuiltTree() {}

    /** The checkout's root: the nearest folder above the working directory that holds {@code notebooks/}. */
    static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(folder.resolve("notebooks"))) {
            folder = folder.getParent();
        }
        return folder;
    }

    static Path lib() {
        return root().resolve("jobs/target/dist/lib");
    }

    static Path sparkJars() {
        return root().resolve("jobs/target/dist/spark/jars");
    }

    static Path jobsJar() throws IOException {
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(root().resolve("jobs/target"), "jobs-*.jar")) {
            return jars.iterator().next();
        }
    }

    /** Everything that {@code ./packtrain} puts on the class path. */
    static String classPath() throws IOException {
        return String.join(File.pathSeparator, lib() + "/*", jobsJar().toString(), sparkJars() + "/*");
    }

    /** Where a class of the test's own class path comes from. */
    static String sourceOf(Class<?> type) {
        return new File(type.getProtectionDomain().getCodeSource().getLocation().getPath()).toString();
    }

    static Result java(Path workDir, String classPath, String... programAndArgs)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        OPENED.forEach(each -> command.add("--add-opens=java.base/" + each + "=ALL-UNNAMED"));
        command.addAll(List.of("-Xmx1g", "-Dfile.encoding=UTF-8", "-cp", classPath));
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
        boolean ended = process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES);
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
