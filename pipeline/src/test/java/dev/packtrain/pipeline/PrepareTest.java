package dev.packtrain.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.PackedDataset;
import dev.packtrain.packing.PackedSequence;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.GZIPOutputStream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link Prepare} on good rows and on bad ones. */
class PrepareTest {
    private static final String GOOD = "{\"src\":\"a b\",\"tgt\":\"c d\"}\n";

    private static SparkSession spark;

    @TempDir
    Path folder;

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
    void output() {
        output = folder.resolve("data");
    }

    private PrepareReport prepare(Path source) {
        return Prepare.run(spark, PrepareFixture.options(source, output), PrepareListener.NONE);
    }

    private List<JsonNode> rejects() throws IOException {
        List<JsonNode> rejects = new ArrayList<>();
        try (var files = Files.list(output.resolve("rejected"))) {
            for (Path file : files.sorted().toList()) {
                for (String line : Files.readAllLines(file)) {
                    rejects.add(new ObjectMapper().readTree(line));
                }
            }
        }
        return rejects;
    }

    @Test
    void everyRowIsInTheShardsOnceAndReportAndManifestAgree() throws IOException {
        int numRows = 300;
        Set<PrepareStage> stages = EnumSet.noneOf(PrepareStage.class);
        PrepareReport report = Prepare.run(
                spark, PrepareFixture.options(PrepareFixture.sample(folder, numRows), output), (stage, done, total) -> {
                    if (done == total) {
                        stages.add(stage);
                    }
                });

        Set<Long> ids = new TreeSet<>();
        long tokens = 0;
        long documents = 0;
        try (PackedDataset data = PackedDataset.open(output)) {
            for (long i = 0; i < data.numPacks(); i++) {
                PackedSequence pack = data.get(i);
                tokens += pack.numTokens();
                documents += pack.numDocuments();
                for (long id : pack.exampleIds()) {
                    ids.add(id);
                }
            }
            assertThat(ids).hasSize(numRows);
            assertThat(documents).isEqualTo(numRows);
            Manifest manifest = data.manifest();
            assertThat(manifest.counts()).isEqualTo(report.counts());
            assertThat(manifest.counts().tokens()).isEqualTo(tokens);
            assertThat(manifest.paddingRatio()).isEqualTo(report.padding().packed());
            assertThat(manifest.targetUnigramLoss()).isEqualTo(report.targetUnigramLoss());
            assertThat(manifest.shards())
                    .hasSize((numRows + PrepareFixture.GROUP_SIZE - 1) / PrepareFixture.GROUP_SIZE);
        }
        JsonNode json =
                new ObjectMapper().readTree(output.resolve("report.json").toFile());
        assertThat(json.get("rows_read").asLong()).isEqualTo(numRows);
        assertThat(json.get("rows_kept").asLong() + json.get("rows_rejected").asLong())
                .isEqualTo(numRows);
        for (String key : List.of(
                "rows_truncated",
                "tokens",
                "tokens_dropped",
                "label_tokens",
                "packs",
                "padding_ratio",
                "padding_ratio_unpacked",
                "padding_ratio_max_length",
                "rejected_by_reason",
                "length_histogram",
                "length_p50",
                "target_unigram_loss",
                "seconds")) {
            assertThat(json.has(key)).as(key).isTrue();
        }
        assertThat(stages).contains(PrepareStage.COUNTING, PrepareStage.PACKING, PrepareStage.COMMITTING);
        assertThat(output.resolve("tokenizer/tokenizer.json")).exists();
        assertThat(output.resolve("recipe.json")).exists();
        assertThat(output.toFile().list())
                .containsExactlyInAnyOrder(
                        "manifest.json",
                        "report.json",
                        "report.html",
                        "recipe.json",
                        "shards",
                        "rejected",
                        "tokenizer",
                        "versions");
    }

    @Test
    void badRowsArePutAsideWithFileLineAndReason() throws IOException {
        Path rows = folder.resolve("rows.jsonl");
        try (OutputStream out = Files.newOutputStream(rows)) {
            out.write((GOOD + "\n{\"src\":\n{\"src\":\"a\"}\n{\"src\":1,\"tgt\":\"b\"}\n{\"src\":\"a\",\"tgt\":\"\"}\n")
                    .getBytes(StandardCharsets.UTF_8));
            out.write(new byte[] {'{', '"', (byte) 0xFF, '"', '}', '\n', 'a', 0, '\n'});
            out.write((GOOD.strip() + "\r\n").getBytes(StandardCharsets.UTF_8));
        }
        PrepareReport report = prepare(rows);
        assertThat(report.counts().rowsRead()).isEqualTo(8);
        assertThat(report.counts().rowsKept()).isEqualTo(2);
        assertThat(report.rejectedByReason())
                .isEqualTo(Map.of(
                        "malformed_json",
                        1L,
                        "missing_field",
                        1L,
                        "wrong_type",
                        1L,
                        "empty",
                        1L,
                        "invalid_utf8",
                        1L,
                        "nul",
                        1L));
        List<JsonNode> rejects = rejects();
        assertThat(rejects.stream().map(reject -> reject.get("line").asInt())).containsExactly(3, 4, 5, 6, 7, 8);
        assertThat(rejects)
                .allSatisfy(reject -> assertThat(reject.get("file").asText()).isEqualTo(rows.toString()));
        assertThat(rejects.get(1).get("reason").asText()).contains("field \"tgt\" is missing");
        assertThat(rejects.get(1).get("row").asText()).isEqualTo("{\"src\":\"a\"}");
    }

    @Test
    void aRowOfFiftyMegabytesIsPutAsideAndALongOneIsCut() throws IOException {
        Path rows = folder.resolve("rows.jsonl");
        try (OutputStream out = Files.newOutputStream(rows)) {
            out.write(GOOD.getBytes(StandardCharsets.UTF_8));
            out.write("{\"src\":\"".getBytes(StandardCharsets.UTF_8));
            byte[] chunk = "x".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < 50; i++) {
                out.write(chunk);
            }
            out.write(("\",\"tgt\":\"b\"}\n{\"src\":\"a\",\"tgt\":\"" + "y 9".repeat(2000) + "\"}\n" + GOOD)
                    .getBytes(StandardCharsets.UTF_8));
        }
        PrepareReport report = prepare(rows);
        assertThat(report.rejectedByReason()).isEqualTo(Map.of("too_long", 1L));
        assertThat(report.counts().rowsKept()).isEqualTo(3);
        assertThat(report.counts().rowsTruncated()).isEqualTo(1);
        assertThat(report.counts().tokensDropped()).isPositive();
        assertThat(report.lengths().max()).isEqualTo(PrepareFixture.MAX_LENGTH);
        assertThat(rejects().get(0).get("row").asText()).hasSize(500).startsWith("{\"src\":\"xxx");
        assertThat(rejects().get(0).get("line").asInt()).isEqualTo(2);
    }

    @Test
    void filesOfADirectoryAreReadInSortedOrderCompressedOnesToo() throws IOException {
        Path source = Files.createDirectories(folder.resolve("rows/train"));
        Files.writeString(folder.resolve("rows/dev.json"), "no training data");
        Files.writeString(source.resolve("b.json"), GOOD + "oops\n");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(source.resolve("a.jsonl.gz")))) {
            out.write((GOOD + "\n" + GOOD + "bad\n").getBytes(StandardCharsets.UTF_8));
        }
        PrepareReport report = prepare(folder.resolve("rows"));
        assertThat(report.counts().rowsRead()).isEqualTo(5);
        assertThat(Manifest.read(output.resolve("manifest.json")).inputs())
                .containsExactly(
                        source.resolve("a.jsonl.gz").toString(),
                        source.resolve("b.json").toString());
        assertThat(rejects().stream().map(reject -> reject.get("line").asInt())).containsExactly(4, 2);
        try (PackedDataset data = PackedDataset.open(output)) {
            assertThat(data.get(0).exampleIds()).containsExactlyInAnyOrder(0, 1, 3);
        }
    }

    @Test
    void tooManyRejectedRowsFailTheRunAndLeaveNothing() throws IOException {
        Path rows = folder.resolve("rows.jsonl");
        Files.writeString(rows, GOOD + "oops\n" + GOOD + GOOD);
        SourceOptions strict = new SourceOptions(rows.toString(), "src", "tgt", 1000, 0.2);
        assertThatThrownBy(() -> Prepare.run(
                        spark,
                        PrepareFixture.options(strict, OutputOptions.of(output.toString())),
                        PrepareListener.NONE))
                .hasMessageContaining("1 of 4 rows")
                .hasMessageContaining("max_rejected = 0.2")
                .hasMessageContaining("rows.jsonl:2: not JSON");
        assertThat(output).doesNotExist();
        assertThatThrownBy(() -> Prepare.run(
                        spark,
                        PrepareFixture.options(strict.withFields("x", "y"), OutputOptions.of(output.toString())),
                        PrepareListener.NONE))
                .hasMessageContaining("nothing is left")
                .hasMessageContaining("rows.jsonl:1: field \"x\" is missing");
        assertThat(output).doesNotExist();
    }

    @Test
    void inputThatHasNoRowsIsRefusedInOneSentence() throws IOException {
        assertThatThrownBy(() -> prepare(folder.resolve("nowhere"))).hasMessageContaining("nothing is there");
        Path empty = Files.createFile(folder.resolve("empty.json"));
        assertThatThrownBy(() -> prepare(empty)).hasMessageContaining("has no rows: 1 file(s) with 0 bytes");
        Files.writeString(empty, "\n  \n");
        assertThatThrownBy(() -> prepare(empty)).hasMessageContaining("has no rows");
        Path array = Files.writeString(folder.resolve("array.json"), "\n[\n" + GOOD + "]\n");
        assertThatThrownBy(() -> prepare(array)).hasMessageContaining("jq -c '.[]'");
        Path onlyDev = Files.createDirectories(folder.resolve("dev"));
        Files.writeString(onlyDev.resolve("dev.json"), GOOD);
        assertThatThrownBy(() -> prepare(onlyDev)).hasMessageContaining("give the file itself");
        assertThat(output).doesNotExist();
    }
}
