package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
    @Test
    void loadsFromTheClassPathAndLeavesNoFileBehind(@TempDir Path temporary) throws Exception {
        Process process = probeInChild(temporary);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(output).contains("cores");
        assertThat(process.exitValue()).isZero();
        assertThat(list(temporary)).isEmpty();
    }

    @Test
    void saysWhatToDoIfTheTemporaryDirectoryIsMissing(@TempDir Path temporary) throws Exception {
        Process process = probeInChild(temporary.resolve("absent"));
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(output)
                .contains("cannot be loaded from the temporary directory")
                .contains("-Djava.io.tmpdir");
        assertThat(process.exitValue()).isEqualTo(2);
    }

    private static Process probeInChild(Path temporary) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = List.of(
                java,
                "-Djava.io.tmpdir=" + temporary,
                "-XX:-UsePerfData",
                "-cp",
                System.getProperty("java.class.path"),
                ProbeMain.class.getName());
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    /** Runs in a JVM of its own: a library is loaded once a process. */
    static final class ProbeMain {
        private ProbeMain() {}

        public static void main(String[] args) {
            try {
                System.out.println(CpuCapabilities.probe().numCores() + " cores");
            } catch (KernelUnavailableException e) {
                System.out.println(e.getMessage());
                System.exit(2);
            }
        }
    }

    @Test
    void refusesALibraryWithAFlippedBit() throws IOException {
        byte[] library = resource("libpacktrain_kernels.so");
        String recorded = new String(resource("libpacktrain_kernels.so.sha256"), StandardCharsets.US_ASCII).strip();
        KernelResource.verify("libpacktrain_kernels.so", library, recorded);
        library[library.length / 2] ^= 4;
        assertThatThrownBy(() -> KernelResource.verify("libpacktrain_kernels.so", library, recorded))
                .isInstanceOf(KernelUnavailableException.class)
                .hasMessageContaining(recorded)
                .hasMessageContaining("the jar is damaged");
    }

    @Test
    void refusesWhatIsNoLibraryAndCleansUp(@TempDir Path temporary) throws IOException {
        assertThatThrownBy(() -> NativeLibrary.load(new byte[] {1, 2, 3}, temporary))
                .isInstanceOf(KernelUnavailableException.class)
                .hasMessageContaining(temporary.toString());
        assertThat(list(temporary)).isEmpty();
    }

    @Test
    void namesThePlatformItIsBuiltFor() {
        assertThat(NativeLibrary.platform("Linux", "amd64")).isEqualTo("linux-x86_64");
        assertThatThrownBy(() -> NativeLibrary.platform("Mac OS X", "aarch64"))
                .isInstanceOf(KernelUnavailableException.class)
                .hasMessageContaining("Mac OS X aarch64");
    }

    @Test
    void givesNoAddressOfAHeapBuffer() {
        assertThatThrownBy(() -> DirectMemory.addressOf(ByteBuffer.allocate(8)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = NativeLibrary.class.getResourceAsStream("linux-x86_64/" + name)) {
            return in.readAllBytes();
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }
}
