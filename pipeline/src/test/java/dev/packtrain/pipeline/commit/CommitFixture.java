package dev.packtrain.pipeline.commit;

import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.Pack;
import dev.packtrain.packing.PackingMethod;
import dev.packtrain.packing.ShardSummary;
import dev.packtrain.packing.ShardWriter;
import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.OutputMode;
import dev.packtrain.pipeline.OutputOptions;
import dev.packtrain.pipeline.tokenizer.TokenizerFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

/**
 * Runs that commit two shards and one file of rejected rows, without Spark.
 *
 * @param input what the rows of the run come from; different for each, and so are the tokens
 */
record CommitFixture(String input) {
    static final int MAX_LENGTH = 8;
    static final int ROWS = 5;

    private static final String SHA256 = "ab".repeat(32);

    /** A shard of two packs. */
    private ShardSummary shard(ByteArrayOutputStream bytes, long firstId) throws IOException {
        try (ShardWriter writer = ShardWriter.open(bytes, MAX_LENGTH)) {
            for (long id = firstId; id < firstId + 2; id++) {
                int token = Math.floorMod(input.hashCode(), 1000);
                writer.write(new Pack(List.of(
                        new TokenizedExample(id, new int[] {token, 1, (int) id}, new int[] {-100, 1, (int) id}))));
            }
            return writer.finish();
        }
    }

    /**
     * Runs a job to its end.
     *
     * @param directory as a path for Hadoop
     */
    Manifest run(String directory, OutputMode mode, Configuration conf) throws IOException {
        try (OutputDirectory output = OutputDirectory.open(new OutputOptions(directory, mode), conf)) {
            output.requireAppendable(shape(), List.of(input));
            Path staging = Path.of(
                    new org.apache.hadoop.fs.Path(output.staging()).toUri().getPath());
            List<String> staged = new ArrayList<>();
            List<Manifest.ShardEntry> entries = new ArrayList<>();
            for (int number = 0; number < 2; number++) {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                ShardSummary summary = shard(bytes, output.firstRow() + 2L * number);
                staged.add("group-" + number);
                Files.write(staging.resolve(staged.get(number)), bytes.toByteArray());
                entries.add(Manifest.ShardEntry.of(output.shardName(number), summary));
            }
            Files.writeString(staging.resolve("loser"), "of an attempt that did not win");
            Files.writeString(staging.resolve("rejects"), "{\"row\":\"" + input + "\"}\n");
            return output.commit(content(staged, manifest(entries)), moved -> {});
        }
    }

    static DataSetShape shape() {
        return new DataSetShape(SHA256, 2, MAX_LENGTH, PackingMethod.NEXT_FIT);
    }

    private DataSetContent content(List<String> staged, Manifest manifest) {
        return new DataSetContent(
                staged,
                List.of("rejects"),
                new TokenizerFiles("here", "{}".getBytes(StandardCharsets.UTF_8), new byte[0], new byte[0]),
                new long[] {0, 4, input.length()},
                Map.of("report.json", "report of " + input, "recipe.json", "recipe of " + input),
                manifest);
    }

    private Manifest manifest(List<Manifest.ShardEntry> entries) {
        return new Manifest(
                Manifest.FORMAT_VERSION,
                "test",
                new Manifest.TokenizerInfo(SHA256, 2000, 2, null),
                MAX_LENGTH,
                PackingMethod.NEXT_FIT,
                64,
                5,
                new Manifest.Counts(ROWS, 4, 1, 0, 12, 8, 0, 4),
                0.625,
                1.5,
                List.of(input),
                entries);
    }
}
