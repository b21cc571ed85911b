package dev.packtrain.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.jobs.cluster.Eventually;
import dev.packtrain.jobs.inspect.TinyDataSet;
import dev.packtrain.packing.Manifest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An executor that is ended while it copies a data set, as a cluster manager does it, leaves no part of the copy. */
class DatasetCopySignalTest {
    private static final int SIGTERM_STATUS = 143;
    private static final String STUCK = "the second file is asked for";

    @TempDir
    Path dir;

    @Test
    void aCopyThatASignalInterruptsDoesNotStay() throws Exception {
        Path data = TinyDataSet.write(dir.resolve("data"));
        Path temporary = Files.createDirectory(dir.resolve("tmp"));
        Path log = dir.resolve("log");
        Process copying = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.io.tmpdir=" + temporary,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Copying.class.getName(),
                        data.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            Eventually.holds(
                    () -> !copying.isAlive() || Files.readString(log).contains(STUCK), () -> "it is not stuck");
            assertThat(copying.isAlive()).as(Files.readString(log)).isTrue();
            assertThat(filesBelow(temporary)).as("half of the copy").contains(Manifest.FILE_NAME);
            copying.destroy();
            assertThat(copying.waitFor(Eventually.HANG_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
            assertThat(copying.exitValue()).isEqualTo(SIGTERM_STATUS);
            assertThat(temporary).isEmptyDirectory();
        } finally {
            copying.destroyForcibly();
        }
    }

    private static List<String> filesBelow(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.map(path -> path.getFileName().toString()).toList();
        }
    }

    /** Copies the data set that the argument names. */
    static final class Copying {
        private Copying() {}

        public static void main(String[] args) {
            Map<String, String> conf = Map.of("fs.stuck.impl", Stuck.class.getName());
            DatasetCopy.of("stuck:" + args[0], 1, conf, () -> false).close();
        }
    }

    /** A file system that is not this host's own, and gives one file alone. */
    public static final class Stuck extends RawLocalFileSystem {
        private final AtomicInteger asked = new AtomicInteger();

        @Override
        public URI getUri() {
            return URI.create("stuck:///");
        }

        @Override
        public FSDataInputStream open(org.apache.hadoop.fs.Path path, int bufferSize) throws IOException {
            if (asked.incrementAndGet() > 1) {
                System.out.println(STUCK);
                wait(new CountDownLatch(1));
            }
            return super.open(path, bufferSize);
        }

        private static void wait(CountDownLatch never) {
            try {
                never.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
