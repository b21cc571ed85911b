package dev.packtrain.jobs.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.packtrain.jobs.cluster.Eventually;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script is copied to an empty tree, where it must build first, and sees only the tools that a test gives it. */
class PacktrainScriptTest {
    private static final List<String> EVERYWHERE = List.of(
            "bash",
            "dirname",
            "readlink",
            "sed",
            "sort",
            "head",
            "find",
            "df",
            "awk",
            "grep",
            "mkdir",
            "cat",
            "tr",
            "printf",
            "env",
            "uname",
            "rm",
            "mv",
            "touch");

    @TempDir
    private Path root;

    private Path bin;

    @BeforeEach
    void copyTheScript() throws IOException {
        Path script = Path.of("..", "packtrain");
        assumeThat(script).exists();
        Files.copy(script, root.resolve("packtrain"));
        assertThat(root.resolve("packtrain").toFile().setExecutable(true)).isTrue();
        bin = Files.createDirectory(root.resolve("bin"));
        for (String tool : EVERYWHERE) {
            for (String folder : List.of("/usr/bin", "/bin")) {
                if (Files.isExecutable(Path.of(folder, tool)) && !Files.exists(bin.resolve(tool))) {
                    tool(tool, "exec %s \"$@\"".formatted(Path.of(folder, tool)));
                }
            }
        }
    }

    @Test
    void noJava() throws Exception {
        assertRefused("no Java was found; install a JDK 17 (Debian and Ubuntu: apt install openjdk-17-jdk)");
    }

    @Test
    void anOldJava() throws Exception {
        tool("java", "echo '    java.specification.version = 11' >&2");
        assertRefused("Java 11 was found, 17 or newer is wanted; install a JDK 17");
    }

    @Test
    void aJavaThatDoesNotStart() throws Exception {
        tool(
                "java",
                "echo 'Picked up JAVA_TOOL_OPTIONS: -XX:+Nonsense' >&2; echo 'Unrecognized VM option' >&2; exit 1");
        assertRefused("java does not start: Picked up JAVA_TOOL_OPTIONS: -XX:+Nonsense Unrecognized VM option");
    }

    @Test
    void aRuntimeWithoutACompiler() throws Exception {
        java();
        assertRefused("Java was found but not its compiler; install the JDK");
    }

    @Test
    void noMaven() throws Exception {
        java();
        tool("javac", "");
        assertRefused("Maven was not found; install Maven 3.8 or newer (apt install maven)");
    }

    @Test
    void anOldMaven() throws Exception {
        java();
        tool("javac", "");
        tool("mvn", "printf '\\033[1mApache Maven 3.6.3 (abc)\\033[m\\n'");
        assertRefused("Maven 3.6 was found, 3.8 or newer is wanted");
    }

    @Test
    void noCompiler() throws Exception {
        java();
        tool("javac", "");
        tool("mvn", "echo 'Apache Maven 3.8.7'");
        assertRefused("no C++ compiler (g++) was found; install one (apt install g++)");
    }

    @Test
    void noDiskSpace() throws Exception {
        java();
        tool("javac", "");
        tool("mvn", "echo 'Apache Maven 3.9.9'");
        tool("g++", "");
        Files.delete(bin.resolve("df"));
        tool("df", "printf 'Filesystem 1024-blocks Used Available Capacity Mounted\\n/dev/x 9 9 1048576 9%% /\\n'");
        assertRefused("1024 MiB are free at ");
    }

    @Test
    void aLocaleOfAsciiLosesNoCharacters() throws Exception {
        Files.writeString(root.resolve("pom.xml"), "");
        for (String folder : List.of("jobs/src/main", "jobs/target/dist", "conf")) {
            Files.createDirectories(root.resolve(folder));
        }
        Files.writeString(root.resolve("jobs/pom.xml"), "");
        Files.writeString(root.resolve("jobs/target/dist/.built"), "");
        tool("java", "echo '    java.specification.version = 17' >&2; echo \"characters $LC_ALL\"");

        tool("locale", "echo ANSI_X3.4-1968");
        assertThat(demo().output()).endsWith("\ncharacters C.UTF-8\n");
        tool("locale", "echo GB18030");
        assertThat(demo().output()).endsWith("\ncharacters \n");
    }

    @Test
    void aBuildLeavesAnArchiveOfClassesThatEveryCommandIsGiven() throws Exception {
        aBuild("case \"$*\" in *ArchiveClassesAtExit=*) told=${*#*AtExit=}; echo classes >\"${told%% *}\" ;; esac");

        Path archive = root.resolve("jobs/target/dist/classes.jsa");
        String given = "-XX:SharedArchiveFile=" + archive;
        assertThat(demo().output()).contains("archiving classes").contains(given);
        assertThat(archive).hasContent("classes");
        assertThat(demo().output()).doesNotContain("archiving classes").contains(given);
        try (Stream<Path> left = Files.list(root.resolve("target"))) {
            assertThat(left).containsExactly(root.resolve("target/build.log"));
        }
    }

    @Test
    void withoutAnArchiveACommandRunsAllTheSame() throws Exception {
        aBuild("case \"$*\" in *ArchiveClassesAtExit=*) echo 'no such thing'; exit 1 ;; esac");

        Run run = demo();
        assertThat(run.status()).isZero();
        assertThat(run.output())
                .contains("the archive of classes could not be made (log: " + root.resolve("target/build.log"))
                .contains("dev.packtrain.jobs.Packtrain demo")
                .doesNotContain("SharedArchiveFile");
        assertThat(root.resolve("target/build.log")).content().contains("no such thing");
    }

    @Test
    void whoInterruptsTheArchivingWantsNoCommandEither() throws Exception {
        aBuild("case \"$*\" in *ArchiveClassesAtExit=*) exit 130 ;; esac");

        Run run = demo();
        assertThat(run.status()).isEqualTo(130);
        assertThat(run.output()).endsWith("archiving classes, so that commands start sooner\n");
    }

    /** A tree that Maven builds, with a java that does this and says how it was called. */
    private void aBuild(String java) throws IOException {
        Files.writeString(root.resolve("pom.xml"), "");
        for (String folder : List.of("jobs/src/main", "conf")) {
            Files.createDirectories(root.resolve(folder));
        }
        Files.writeString(root.resolve("jobs/pom.xml"), "");
        tool("java", "echo '    java.specification.version = 17' >&2\n" + java + "\necho \"$@\"");
        tool("javac", "");
        tool("g++", "");
        tool("mvn", "echo 'Apache Maven 3.9.9'; mkdir -p jobs/target/dist");
    }

    private void java() throws IOException {
        tool("java", "echo '    java.specification.version = 17' >&2");
    }

    private void tool(String name, String body) throws IOException {
        Path file = bin.resolve(name);
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    /** One sentence, exit status 2, nothing started. */
    private void assertRefused(String sentence) throws IOException, InterruptedException {
        Run run = demo();
        assertThat(run.output()).startsWith("packtrain: ").contains(sentence).hasLineCount(1);
        assertThat(run.status()).isEqualTo(2);
    }

    private record Run(String output, int status) {}

    private Run demo() throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder("/bin/bash", root.resolve("packtrain").toString(), "demo");
        builder.environment().clear();
        builder.environment().put("PATH", bin.toString());
        builder.environment().put("HOME", root.toString());
        Process process = builder.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(Eventually.HANG_SECONDS, TimeUnit.SECONDS)).isTrue();
        return new Run(output, process.exitValue());
    }
}
