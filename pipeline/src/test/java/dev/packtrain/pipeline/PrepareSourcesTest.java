package dev.packtrain.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.packing.Manifest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same rows give the same shards, whatever they come from. */
class PrepareSourcesTest {
    private static final int NUM_ROWS = 200;

    private static SparkSession spark;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        spark = LocalSpark.start("local[2]");
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private List<String> shards(String name, Path source, DatasetFormat format) throws IOException {
        Path output = folder.resolve("data-" + name);
        SourceOptions options = SourceOptions.of(source.toString()).withFormat(format);
        PrepareReport report = Prepare.run(
                spark, PrepareFixture.options(options, OutputOptions.of(output.toString())), PrepareListener.NONE);
        assertThat(report.counts().rowsKept()).isEqualTo(NUM_ROWS);
        return Manifest.read(output.resolve("manifest.json")).shards().stream()
                .map(Manifest.ShardEntry::sha256)
                .toList();
    }

    @Test
    void theSameRowsGiveTheSameShardsFromEverySourceAndFormat() throws IOException {
        Path lines = PrepareFixture.sample(folder, NUM_ROWS);
        Dataset<Row> rows = spark.read().schema("src string, tgt string").json(lines.toString());
        List<String> wanted = shards("json", lines, DatasetFormat.SRC_TGT);
        assertThat(wanted).isNotEmpty();

        rows.write()
                .option("header", "true")
                .option("escape", "\"")
                .csv(folder.resolve("csv").toString());
        assertThat(shards("csv", folder.resolve("csv"), DatasetFormat.SRC_TGT)).isEqualTo(wanted);
        rows.write().parquet(folder.resolve("parquet").toString());
        assertThat(shards("parquet", folder.resolve("parquet"), DatasetFormat.SRC_TGT))
                .isEqualTo(wanted);
        rows.selectExpr("src as instruction", "'' as input", "tgt as output")
                .write()
                .orc(folder.resolve("orc").toString());
        assertThat(shards("orc", folder.resolve("orc"), DatasetFormat.ALPACA)).isEqualTo(wanted);
        rows.selectExpr(
                        "array(named_struct('role', 'user', 'content', src), named_struct('role', 'assistant', 'content', tgt)) as messages")
                .write()
                .option("compression", "bzip2")
                .json(folder.resolve("bz2").toString());
        assertThat(shards("bz2", folder.resolve("bz2"), DatasetFormat.MESSAGES)).isEqualTo(wanted);
        rows.selectExpr(
                        "array(named_struct('from', 'human', 'value', src), named_struct('from', 'gpt', 'value', tgt)) as conversations")
                .write()
                .parquet(folder.resolve("sharegpt").toString());
        assertThat(shards("sharegpt", folder.resolve("sharegpt"), DatasetFormat.SHAREGPT))
                .isEqualTo(wanted);
    }
}
