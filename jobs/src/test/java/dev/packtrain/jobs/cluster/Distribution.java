package dev.packtrain.jobs.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What {@code mvn package} laid out.
 *
 * @param jobsDir the module's folder
 */
public record Distribution(Path jobsDir) {
    private static final List<String> OPENS = List.of(
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

    /** Ready soon: what the optimising compiler would make faster has ended by then. */
    private static final List<String> SOON = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData");

    /**
     * The same options for a JVM that no test starts itself: an executor, a process of a command.
     *
     * @param dir for their temporary files
     */
    public static String childOptions(Path dir) {
        return String.join(" ", SOON) + " -Djava.io.tmpdir=" + dir;
    }

    /** Found from the working directory upwards. */
    public static Distribution find() {
        for (Path dir = Path.of("").toAbsolutePath(); dir != null; dir = dir.getParent()) {
            for (Path jobs : List.of(dir, dir.resolve("jobs"))) {
                if (Files.isDirectory(jobs.resolve("target/dist/lib"))) {
                    return new Distribution(jobs);
                }
            }
        }
        throw new IllegalStateException("no jobs/target/dist above "
                + Path.of("").toAbsolutePath() + "; these tests run after mvn package, as mvn verify does");
    }

    /** A Spark: its {@code jars} folder is all that there is. */
    public Path sparkHome() {
        return jobsDir.resolve("target/dist/spark");
    }

    /** The folder of ours and what we add to Spark. */
    public Path libDir() {
        return jobsDir.resolve("target/dist/lib");
    }

    /** Ours and what we add to Spark. */
    public List<Path> libJars() {
        return jarsOf(libDir());
    }

    /** The jar with the main classes. */
    public Path jobsJar() {
        return jarsOf(jobsDir.resolve("target")).stream()
                .filter(jar -> jar.getFileName().toString().startsWith("jobs-"))
                .findFirst()
                .orElseThrow();
    }

    /** Settings for spark-submit. */
    public Path sparkDefaults() {
        return jobsDir.resolve("../conf/spark-defaults.conf").normalize();
    }

    /** A class path of everything but Spark, for executors that see this folder. */
    public String extraClassPath() {
        return libDir() + "/*:" + jobsJar();
    }

    /** The jars of {@link #sparkHome()}, as a class path. */
    public String sparkJars() {
        return sparkHome().resolve("jars") + "/*";
    }

    /** A class path of everything. */
    public String classPath() {
        return extraClassPath() + ":" + sparkJars();
    }

    /** {@code java} with Spark on its class path. */
    public List<String> javaWithSpark(String heap) {
        return java(heap, sparkJars());
    }

    /** {@code java} with everything on its class path, as the packtrain script starts it. */
    public List<String> javaWithEverything(String heap) {
        return java(heap, classPath());
    }

    /** {@code java} with a class path of one's own, opened as Spark wants it. */
    public static List<String> java(String heap, String classPath) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        OPENS.forEach(each -> command.add("--add-opens=java.base/" + each + "=ALL-UNNAMED"));
        command.addAll(SOON);
        command.addAll(List.of("-Xmx" + heap, "-cp", classPath));
        return command;
    }

    private static List<Path> jarsOf(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .collect(Collectors.toList());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
