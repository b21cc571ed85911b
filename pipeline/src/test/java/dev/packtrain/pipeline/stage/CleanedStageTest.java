package dev.packtrain.pipeline.stage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.PackingMethod;
import dev.packtrain.pipeline.DatasetFormat;
import dev.packtrain.pipeline.EncodeOptions;
import dev.packtrain.pipeline.GoldenTokenizer;
import dev.packtrain.pipeline.LocalSpark;
import dev.packtrain.pipeline.OutputOptions;
import dev.packtrain.pipeline.PackOptions;
import dev.packtrain.pipeline.PrepareListener;
import dev.packtrain.pipeline.PrepareOptions;
import dev.packtrain.pipeline.SourceOptions;
import dev.packtrain.pipeline.clean.CleanOptions;
import dev.packtrain.pipeline.clean.Cleaning;
import dev.packtrain.pipeline.clean.Decontamination;
import dev.packtrain.pipeline.clean.Dedup;
import dev.packtrain.pipeline.clean.Removals;
import dev.packtrain.pipeline.encode.EncodingFiles;
import dev.packtrain.pipeline.sample.SampleGenerator;
import dev.packtrain.pipeline.source.MixedInput;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RowInput;
import dev.packtrain.pipeline.source.SourceMix;
import dev.packtrain.pipeline.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that cleaning takes out, as the stage that packs leaves them. */
class CleanedStageTest {
    private static final int NUM_ROWS = 150;

    @TempDir
    Path folder;

    /** Rows of which 70 repeats 3, 149 repeats 64, 10 is held out and 5 is not JSON. */
    private List<String> rows() throws IOException {
        Path sample = folder.resolve("sample.jsonl");
        new SampleGenerator(3).writeTo(sample, NUM_ROWS);
        List<String> rows = new ArrayList<>(Files.readAllLines(sample));
        rows.set(70, rows.get(3));
        rows.set(149, rows.get(64));
        Files.writeString(folder.resolve("heldout.jsonl"), rows.get(10) + "\n{\n");
        rows.set(5, "{not json");
        return rows;
    }

    private static PrepareOptions options(Path source, Path staging) throws IOException {
        return new PrepareOptions(
                SourceOptions.of(source.toString()).withFormat(DatasetFormat.SRC_TGT),
                EncodeOptions.of(GoldenTokenizer.directory().toString(), 256, 1024),
                new PackOptions(PackingMethod.BEST_FIT_DECREASING, 64),
                OutputOptions.of(staging.toString()),
                5);
    }

    private List<JsonNode> run(SparkSession session, Path source, Path staging) throws IOException {
        PrepareOptions options = options(source, Files.createDirectories(staging));
        JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        RowInput input = RowInput.open(spark, options.source(), (done, total) -> {});
        CleanOptions clean = CleanOptions.OFF
                .with(Dedup.EXACT)
                .with(new Decontamination(folder.resolve("heldout.jsonl").toString(), 13, 0.9));
        TokenizerFiles tokenizer = TokenizerFiles.read(Path.of(options.encode().tokenizerPath()));
        try (Removals removals = Cleaning.run(session, input, options.source(), clean)) {
            assertThat(removals.report().rowsIn()).isEqualTo(NUM_ROWS - 1);
            StageTotals totals = new PackingStage(
                            spark, options, new EncodingFiles(tokenizer, null), PrepareListener.NONE)
                    .run(input, removals, staging.toUri().toString(), 0);
            assertThat(totals.rowsRead()).isEqualTo(NUM_ROWS);
            assertThat(totals.rejectedByReason())
                    .containsEntry(RejectReason.DUPLICATE, 2L)
                    .containsEntry(RejectReason.CONTAMINATED, 1L)
                    .containsEntry(RejectReason.MALFORMED_JSON, 1L)
                    .hasSize(3);
            assertThat(totals.shards().stream()
                            .mapToLong(GroupSummary.StagedShard::examples)
                            .sum())
                    .isEqualTo(NUM_ROWS - 4);
            List<JsonNode> rejects = new ArrayList<>();
            for (String file : totals.rejectedFiles()) {
                for (String line : Files.readAllLines(staging.resolve(file))) {
                    rejects.add(new ObjectMapper().readTree(line));
                }
            }
            return rejects;
        }
    }

    @Test
    void aRowThatGoesIsRejectedWithItsReasonWhereverItIsRead() throws IOException {
        List<String> rows = rows();
        Path plain = Files.write(folder.resolve("rows.jsonl"), rows);
        Path compressed = folder.resolve("rows.jsonl.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(compressed))) {
            out.write(Files.readAllBytes(plain));
        }
        try (SparkSession session = LocalSpark.start("local[2]")) {
            for (Path source : List.of(plain, compressed)) {
                List<JsonNode> rejects = run(session, source, folder.resolve(source.getFileName() + "-staging"));
                assertThat(rejects)
                        .extracting(row -> row.get("line").asLong(), row -> row.get("kind")
                                .asText())
                        .containsExactly(
                                org.assertj.core.groups.Tuple.tuple(6L, "malformed_json"),
                                org.assertj.core.groups.Tuple.tuple(11L, "contaminated"),
                                org.assertj.core.groups.Tuple.tuple(71L, "duplicate"),
                                org.assertj.core.groups.Tuple.tuple(150L, "duplicate"));
                assertThat(rejects.get(2).get("reason").asText()).isEqualTo("the same text as row 3");
            }
        }
    }

    @Test
    void aMixRepeatsSamplesAndCleansItsDataSets() throws IOException {
        List<String> rows = rows();
        rows.remove(5);
        Path first = Files.write(folder.resolve("first.jsonl"), rows.subList(0, 60));
        Path second = Files.write(folder.resolve("second.jsonl"), rows.subList(60, 149));
        Path staging = Files.createDirectories(folder.resolve("mix"));
        PrepareOptions options = options(first, staging);
        try (SparkSession session = LocalSpark.start("local[2]")) {
            JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
            MixedInput input = new MixedInput(
                    List.of(
                            RowInput.open(spark, SourceOptions.of(first.toString()), (done, total) -> {}),
                            RowInput.open(spark, SourceOptions.of(second.toString()), (done, total) -> {})),
                    new double[] {2, 0.5},
                    9);
            assertThat(input.numRows()).isEqualTo(2 * 60 + 89);
            SourceMix mix = input.mix();
            // Row 69 of the two in a row is row 9 of the second, and repeats row 3 of the first.
            boolean sampled = mix.isUsed(new SourceMix.Item(1, 9, 0));
            long used = java.util.stream.LongStream.range(0, 89)
                    .filter(row -> mix.isUsed(new SourceMix.Item(1, row, 0)))
                    .count();
            assertThat(used).isBetween(25L, 65L);
            TokenizerFiles tokenizer =
                    TokenizerFiles.read(Path.of(options.encode().tokenizerPath()));
            try (Removals removals =
                    Cleaning.run(session, input, options.source(), CleanOptions.OFF.with(Dedup.EXACT))) {
                StageTotals totals = new PackingStage(
                                spark, options, new EncodingFiles(tokenizer, null), PrepareListener.NONE)
                        .run(input, removals, staging.toUri().toString(), 0);
                assertThat(totals.rowsRead()).isEqualTo(input.numRows());
                assertThat(totals.rejectedByReason()).containsEntry(RejectReason.NOT_SAMPLED, 89 - used);
                long duplicates = totals.rejectedByReason().getOrDefault(RejectReason.DUPLICATE, 0L);
                // Of the two equal rows the one with the larger number goes, and with it its copies.
                long firstNumber = mix.number(new SourceMix.Item(0, 3, 0));
                long secondNumber = mix.number(new SourceMix.Item(1, 9, 0));
                long expected = !sampled ? 0 : firstNumber < secondNumber ? 1 : 2;
                // Rows 63 and 148 of the two in a row are equal too, both of the second.
                boolean both = mix.isUsed(new SourceMix.Item(1, 3, 0)) && mix.isUsed(new SourceMix.Item(1, 88, 0));
                assertThat(duplicates).isEqualTo(expected + (both ? 1 : 0));
            }
            try (Removals removals = Cleaning.run(session, input, options.source(), CleanOptions.OFF)) {
                StageTotals totals = new PackingStage(
                                spark, options, new EncodingFiles(tokenizer, null), PrepareListener.NONE)
                        .run(
                                input,
                                removals,
                                Files.createDirectories(folder.resolve("unclean"))
                                        .toUri()
                                        .toString(),
                                0);
                assertThat(totals.rejectedByReason())
                        .containsExactlyEntriesOf(java.util.Map.of(RejectReason.NOT_SAMPLED, 89 - used));
            }
        }
    }
}
