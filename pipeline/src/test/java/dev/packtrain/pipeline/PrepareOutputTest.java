package dev.packtrain.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.PackedDataset;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@link Prepare} does with its output directory, also when tasks fail. */
class PrepareOutputTest {
    private static final int NUM_ROWS = 150;

    private static SparkSession spark;

    @TempDir
    Path folder;

    private Path rows;
    private Path output;

    @BeforeAll
    static void start() {
        // Two threads; a task may fail twice.
        spark = LocalSpark.start("local[2,3]");
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @BeforeEach
    void rows() throws IOException {
        rows = PrepareFixture.sample(folder, NUM_ROWS);
        output = folder.resolve("data");
    }

    private PrepareReport prepare(String directory, boolean overwrite, PrepareListener listener) {
        SourceOptions source = SourceOptions.of(rows.toString());
        return Prepare.run(spark, PrepareFixture.options(source, new OutputOptions(directory, overwrite)), listener);
    }

    private void prepare() {
        prepare(output.toString(), false, PrepareListener.NONE);
    }

    @Test
    void tasksThatFailAndAreRetriedLeaveOneCopyOfEverything() throws IOException {
        prepare();
        Path retried = folder.resolve("retried");
        int numInjected = FaultyFileSystem.NUM_INJECTED.get();
        prepare("faulty://once" + retried, false, PrepareListener.NONE);
        assertThat(FaultyFileSystem.NUM_INJECTED.get() - numInjected)
                .isEqualTo((NUM_ROWS + PrepareFixture.GROUP_SIZE - 1) / PrepareFixture.GROUP_SIZE);
        assertThat(PrepareFixture.bytes(retried)).isEqualTo(PrepareFixture.bytes(output));
    }

    @Test
    void whatASpeculativeAttemptWritesBesideTheWinnerIsNotCommitted() throws IOException {
        prepare();
        Path twice = folder.resolve("twice");
        int numInjected = FaultyFileSystem.NUM_INJECTED.get();
        prepare("faulty://twin" + twice, false, PrepareListener.NONE);
        assertThat(FaultyFileSystem.NUM_INJECTED.get()).isGreaterThan(numInjected);
        assertThat(PrepareFixture.bytes(twice)).isEqualTo(PrepareFixture.bytes(output));
    }

    @Test
    void aJobThatFailsLeavesNothing() {
        Path failed = folder.resolve("failed");
        assertThatThrownBy(() -> prepare("faulty://always" + failed, false, PrepareListener.NONE))
                .hasMessageContaining("injected");
        assertThat(failed).doesNotExist();
    }

    @Test
    void anExistingDataSetIsReplacedOnlyIfThatIsAskedFor() throws IOException {
        prepare();
        Map<String, String> before = PrepareFixture.bytes(output);
        assertThatThrownBy(this::prepare)
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("--overwrite_output_dir true");
        assertThat(PrepareFixture.bytes(output)).isEqualTo(before);

        AtomicReference<Map<String, String>> meanwhile = new AtomicReference<>();
        PrepareFixture.sample(folder, NUM_ROWS / 2);
        prepare(output.toString(), true, (stage, done, total) -> {
            if (stage == PrepareStage.COMMITTING && done == total) {
                meanwhile.set(files());
            }
        });
        // With all new shards in place, and the manifest not yet replaced, the old data set is whole.
        assertThat(meanwhile.get()).containsAllEntriesOf(before);
        assertThat(PrepareFixture.bytes(output))
                .doesNotContainKeys("shards/shard-00001-00000.arrow", "versions/00001/manifest.json");
        try (PackedDataset data = PackedDataset.open(output)) {
            assertThat(data.manifest().counts().rowsKept()).isEqualTo(NUM_ROWS / 2);
            assertThat(data.get(data.numPacks() - 1).numTokens()).isPositive();
            assertThat(output.resolve("shards").toFile().list())
                    .hasSameSizeAs(data.manifest().shards());
        }
        prepare(output.toString(), true, PrepareListener.NONE);
        assertThat(Manifest.read(output.resolve("manifest.json"))
                        .shards()
                        .get(0)
                        .file())
                .isEqualTo("shards/shard-00003-00000.arrow");
    }

    private Map<String, String> files() {
        try {
            return PrepareFixture.bytes(output);
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    @Test
    void twoJobsDoNotWriteOneOutput() {
        AtomicReference<Throwable> second = new AtomicReference<>();
        prepare(output.toString(), false, (stage, done, total) -> {
            if (stage == PrepareStage.PACKING && done == total) {
                try {
                    prepare();
                } catch (BadInputException refused) {
                    second.set(refused);
                }
            }
        });
        assertThat(second.get()).hasMessageContaining("is being written by another job");
        assertThat(output.resolve("manifest.json")).exists();
    }

    @Test
    void whatAKilledJobLeftIsClearedAway() throws IOException {
        Files.createDirectories(output.resolve("_staging-dead"));
        Files.writeString(output.resolve("_staging-dead/group-00000-attempt-0.arrow"), "half");
        Files.createDirectories(output.resolve("shards"));
        Files.writeString(output.resolve("shards/shard-00099.arrow"), "half");
        Path lock = Files.writeString(output.resolve("_packtrain.lock"), "job dead");
        Files.setLastModifiedTime(lock, FileTime.from(Instant.now().minusSeconds(3600)));
        prepare();
        assertThat(output.resolve("_staging-dead")).doesNotExist();
        assertThat(output.resolve("shards/shard-00099.arrow")).doesNotExist();
        assertThat(output.resolve("_packtrain.lock")).doesNotExist();
        assertThat(output.resolve("manifest.json")).exists();
    }

    @Test
    void aDirectoryThatCannotBeOursIsRefusedUntouched() throws IOException {
        Files.createDirectories(output);
        Files.writeString(output.resolve("thesis.txt"), "mine");
        assertThatThrownBy(this::prepare)
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("there is \"thesis.txt\"");
        assertThat(output.toFile().list()).containsExactly("thesis.txt");
        assertThatThrownBy(() -> prepare(output + "/thesis.txt", false, PrepareListener.NONE))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("is a file");
        assertThatThrownBy(() -> prepare(output + "/thesis.txt/data", false, PrepareListener.NONE))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("cannot be written");
    }

    /** As many rows and bytes as before: each task would find its rows, of the one file or of the other. */
    @Test
    void anInputThatIsReplacedWhileItIsReadIsRefused() throws IOException {
        List<String> reversed = new ArrayList<>(Files.readAllLines(rows));
        Collections.reverse(reversed);
        assertThatThrownBy(() -> replacing(String.join("\n", reversed) + "\n"))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(rows + " was changed or replaced while it was read");
        assertThatThrownBy(() -> replacing(reversed.get(0)))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(rows + " was changed or replaced while it was read");
        assertThat(output).doesNotExist();
    }

    private void replacing(String text) {
        prepare(output.toString(), false, (stage, done, total) -> {
            if (stage == PrepareStage.PACKING && done == 0) {
                try {
                    Files.writeString(rows, text);
                    Files.setLastModifiedTime(rows, FileTime.from(Instant.now().plusSeconds(2)));
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            }
        });
    }
}
