package dev.packtrain.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.PackedDataset;
import dev.packtrain.packing.PackingMethod;
import dev.packtrain.pipeline.sample.SampleGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link Prepare} with {@link OutputMode#APPEND}. */
class PrepareAppendTest {
    private static SparkSession spark;

    @TempDir
    Path folder;

    private Path rows;
    private Path output;

    @BeforeAll
    static void start() {
        spark = LocalSpark.start("local[2]");
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @BeforeEach
    void rows() throws IOException {
        rows = Files.createDirectories(folder.resolve("rows"));
        new SampleGenerator(3).writeTo(rows.resolve("a.jsonl"), 100);
        new SampleGenerator(4).writeTo(rows.resolve("b.jsonl"), 50);
        Files.writeString(rows.resolve("b.jsonl"), "oops\n", java.nio.file.StandardOpenOption.APPEND);
        output = folder.resolve("data");
    }

    private PrepareReport prepare(Path source, Path directory, OutputMode mode) {
        OutputOptions options = new OutputOptions(directory.toString(), mode);
        return Prepare.run(
                spark, PrepareFixture.options(SourceOptions.of(source.toString()), options), PrepareListener.NONE);
    }

    @Test
    void newRowsAreAVersionMoreAndNothingElseChanges() throws IOException {
        PrepareReport first = prepare(rows.resolve("a.jsonl"), output, OutputMode.APPEND);
        Map<String, String> before = PrepareFixture.bytes(output);
        PrepareReport second = prepare(rows.resolve("b.jsonl"), output, OutputMode.APPEND);

        Map<String, String> after = PrepareFixture.bytes(output);
        assertThat(after.remove(Manifest.FILE_NAME)).isNotEqualTo(before.remove(Manifest.FILE_NAME));
        assertThat(after).containsAllEntriesOf(before);
        PrepareReport both = prepare(rows, folder.resolve("both"), OutputMode.NEW);
        try (PackedDataset old = PackedDataset.open(output, 1);
                PackedDataset data = PackedDataset.open(output)) {
            assertThat(old.manifest().counts()).isEqualTo(first.counts());
            assertThat(ids(old)).hasSize(100).doesNotHaveDuplicates().allMatch(id -> id < 100);
            Manifest manifest = data.manifest();
            assertThat(manifest.datasetVersion()).isEqualTo(2);
            assertThat(manifest.firstVersion()).isEqualTo(1);
            assertThat(manifest.counts()).isEqualTo(first.counts().plus(second.counts()));
            assertThat(manifest.counts().tokens()).isEqualTo(both.counts().tokens());
            assertThat(manifest.counts().rowsRejected()).isEqualTo(1);
            assertThat(manifest.targetUnigramLoss()).isEqualTo(both.targetUnigramLoss());
            assertThat(manifest.inputs()).hasSize(2);
            // Numbered as if both files had been one input.
            assertThat(ids(data)).hasSize(150).doesNotHaveDuplicates().allMatch(id -> id < 150);
        }
        JsonNode report =
                new ObjectMapper().readTree(output.resolve("report.json").toFile());
        assertThat(report.get("rows_read").asInt()).isEqualTo(51);
        assertThat(output.resolve("report.json")).hasSameBinaryContentAs(output.resolve("versions/00002/report.json"));
    }

    private static List<Long> ids(PackedDataset data) throws IOException {
        List<Long> ids = new ArrayList<>();
        for (long pack = 0; pack < data.numPacks(); pack++) {
            for (long id : data.get(pack).exampleIds()) {
                ids.add(id);
            }
        }
        return ids;
    }

    @Test
    void whatDoesNotGoWithItIsRefusedByNameAndNothingChanges() throws IOException {
        prepare(rows.resolve("a.jsonl"), output, OutputMode.NEW);
        Map<String, String> before = PrepareFixture.bytes(output);
        refused(
                PrepareFixture.MAX_LENGTH / 2,
                PackingMethod.BEST_FIT_DECREASING,
                "b.jsonl",
                "with max_length 512: it was prepared with 1024");
        refused(PrepareFixture.MAX_LENGTH, PackingMethod.NEXT_FIT, "b.jsonl", "with packing method next_fit");
        refused(PrepareFixture.MAX_LENGTH, PackingMethod.BEST_FIT_DECREASING, "a.jsonl", "a.jsonl is in the data set");
        assertThat(PrepareFixture.bytes(output)).isEqualTo(before);
    }

    @Test
    void anotherKindOfExamplesIsRefused() throws IOException {
        prepare(rows.resolve("a.jsonl"), output, OutputMode.NEW);
        Path pairs = folder.resolve("pairs.jsonl");
        Files.writeString(pairs, "{\"src\":[\"a\"],\"tgt\":[],\"response\":[[\"b\"],[\"c\"]],\"sort\":[1,0]}\n");
        assertThatThrownBy(() -> prepare(pairs, output, OutputMode.APPEND))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("with kind of examples preference: it was prepared with sequence");
    }

    private void refused(int maxLength, PackingMethod method, String file, String because) {
        PrepareOptions options = new PrepareOptions(
                SourceOptions.of(rows.resolve(file).toString()),
                EncodeOptions.of(GoldenTokenizer.directory().toString(), 256, maxLength),
                new PackOptions(method, PrepareFixture.GROUP_SIZE),
                new OutputOptions(output.toString(), OutputMode.APPEND),
                5);
        PrepareListener untouched = (stage, done, total) -> {
            throw new AssertionError("the rows were read: %s".formatted(stage));
        };
        assertThatThrownBy(() -> Prepare.run(spark, options, untouched))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(because);
    }
}
