package dev.packtrain.pipeline.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.LockOwner;
import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.PackedDataset;
import dev.packtrain.pipeline.DelegatingFs;
import dev.packtrain.pipeline.OutputMode;
import dev.packtrain.pipeline.commit.FaultPointFileSystem.Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every operation of a job on its output directory fails in turn, in every way, for a new data set, one that is replaced
 * and one that is appended to: what is left is the old version whole or the new one whole, and the next job finishes.
 */
class CommitFaultTest {
    private static final int MOST_OPERATIONS = 500;
    private static final CommitFixture FIRST = new CommitFixture("/in/first.jsonl");
    private static final CommitFixture SECOND = new CommitFixture("/in/second.jsonl");
    private static final CommitFixture NEW = new CommitFixture("/in/new.jsonl");
    private static final CommitFixture LATER = new CommitFixture("/in/later.jsonl");

    @TempDir
    Path folder;

    private final Configuration conf = new Configuration(false);
    private FaultPointFileSystem fs;
    private int numCopies;

    @BeforeEach
    void fileSystem() throws IOException {
        conf.set("fs.%s.impl".formatted(FaultPointFileSystem.SCHEME), FaultPointFileSystem.class.getName());
        conf.set("fs.AbstractFileSystem.%s.impl".formatted(FaultPointFileSystem.SCHEME), DelegatingFs.class.getName());
        fs = (FaultPointFileSystem) FileSystem.get(URI.create(FaultPointFileSystem.SCHEME + "://test"), conf);
    }

    @ParameterizedTest
    @CsvSource({"NEW", "OVERWRITE", "APPEND"})
    void theOldVersionOrTheNewOneIsWhole(OutputMode mode) throws IOException {
        Path old = folder.resolve("old");
        if (mode != OutputMode.NEW) {
            FIRST.run(url(old), OutputMode.NEW, conf);
            SECOND.run(url(old), OutputMode.APPEND, conf);
        }
        Path undisturbed = copyOf(old);
        NEW.run(url(undisturbed), mode, conf);
        Path continued = copyOf(undisturbed);
        LATER.run(url(continued), OutputMode.APPEND, conf);

        for (Fault fault : Fault.values()) {
            int numReached = 0;
            boolean reached = true;
            while (reached) {
                Path output = copyOf(old);
                reached = runWithFault(fault, numReached + 1, mode, output);
                String what = "%s at operation %d of %s".formatted(fault, numReached + 1, mode);
                check(what, output, new Expected(mode, files(old), files(undisturbed), files(continued)));
                numReached++;
                delete(output);
            }
            assertThat(numReached).as("operations of a job").isBetween(5, MOST_OPERATIONS);
        }
    }

    /** Whether the operation was reached. */
    private boolean runWithFault(Fault fault, int operation, OutputMode mode, Path output) {
        fs.arm(fault, operation);
        try {
            NEW.run(url(output), mode, conf);
        } catch (IOException | BadInputException failure) {
            // One sentence or one cause; what matters is what is left.
            assertThat(failure).hasMessageNotContaining("null");
        }
        return fs.disarm();
    }

    /** The files by name that are to be there. */
    private record Expected(
            OutputMode mode, Map<String, String> old, Map<String, String> undisturbed, Map<String, String> continued) {}

    private void check(String what, Path output, Expected expected) throws IOException {
        boolean isNew = requireWholeAndSayWhetherNew(what, output, expected);
        letTheJobBeDead(output);
        if (!isNew) {
            NEW.run(url(output), expected.mode(), conf);
            assertThat(files(output)).as(what).isEqualTo(expected.undisturbed());
        } else if (expected.mode() != OutputMode.OVERWRITE) {
            String remedy = expected.mode() == OutputMode.NEW ? "holds a data set already" : "is in the data set at";
            assertThatThrownBy(() -> NEW.run(url(output), expected.mode(), conf))
                    .as(what)
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining(remedy);
        }
        LATER.run(url(output), OutputMode.APPEND, conf);
        assertThat(files(output)).as(what).isEqualTo(expected.continued());
    }

    private boolean requireWholeAndSayWhetherNew(String what, Path output, Expected expected) throws IOException {
        Map<String, String> got = files(output);
        String manifest = got.get(Manifest.FILE_NAME);
        boolean isNew = expected.undisturbed().get(Manifest.FILE_NAME).equals(manifest);
        if (!isNew) {
            assertThat(manifest).as(what).isEqualTo(expected.old().get(Manifest.FILE_NAME));
        }
        if (manifest == null) {
            return false;
        }
        // Beside the manifest, all files of its versions; copies for people may be older, other files may be there too.
        Map<String, String> whole = new TreeMap<>(isNew ? expected.undisturbed() : expected.old());
        whole.keySet().removeIf(name -> !name.contains("/") || name.startsWith("tokenizer/"));
        assertThat(got).as(what).containsAllEntriesOf(whole);
        try (PackedDataset data = PackedDataset.open(output)) {
            for (long pack = 0; pack < data.numPacks(); pack++) {
                assertThat(data.get(pack).numTokens()).as(what).isEqualTo(3);
            }
        }
        return isNew;
    }

    /** The lock of a job whose process is gone, which this one's is not. */
    private static void letTheJobBeDead(Path output) throws IOException {
        Path lock = output.resolve(OutputLock.FILE_NAME);
        if (Files.exists(lock)) {
            LockOwner me = LockOwner.me();
            Files.writeString(lock, new LockOwner("gone", me.host(), me.pid(), me.startedMillis() - 1).toText());
        }
    }

    private static String url(Path path) {
        return FaultPointFileSystem.SCHEME + "://test" + path;
    }

    private Path copyOf(Path directory) throws IOException {
        Path copy = folder.resolve("copy-" + numCopies++);
        if (Files.exists(directory)) {
            try (Stream<Path> paths = Files.walk(directory)) {
                for (Path path : paths.toList()) {
                    Files.copy(path, copy.resolve(directory.relativize(path)));
                }
            }
        }
        return copy;
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            paths.sorted(java.util.Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.delete(path);
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            });
        }
    }

    private static Map<String, String> files(Path directory) throws IOException {
        Map<String, String> files = new TreeMap<>();
        if (!Files.exists(directory)) {
            return files;
        }
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                files.put(
                        directory.relativize(path).toString(),
                        Files.size(path) + " bytes, hash " + Arrays.hashCode(Files.readAllBytes(path)));
            }
        }
        return files;
    }
}
