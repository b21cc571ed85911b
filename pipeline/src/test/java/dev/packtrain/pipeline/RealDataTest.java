package dev.packtrain.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.PackedDataset;
import dev.packtrain.packing.PackingMethod;
import dev.packtrain.pipeline.tokenizer.BpeTrainer;
import dev.packtrain.pipeline.tokenizer.HuggingFaceTokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The development rows of AdvertiseGen, where the machine has them. */
class RealDataTest {
    private static final int NUM_ROWS = 1070;

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

    private static Path advertiseGen() {
        for (Path at = Path.of(System.getProperty("user.dir")); at != null; at = at.getParent()) {
            Path file = at.resolve("shared/data/advertisegen/dev.json");
            if (Files.exists(file)) {
                return file;
            }
        }
        return null;
    }

    @Test
    void allRowsOfAdvertiseGenAreAccountedFor() throws Exception {
        Path rows = advertiseGen();
        Assumptions.assumeTrue(rows != null, "AdvertiseGen is not beside the repository");
        SourceOptions source = SourceOptions.of(rows.toString()).withFields("content", "summary");
        BpeTrainer.train(spark, source, 8000).writeTo(folder.resolve("tokenizer"));
        PrepareOptions options = new PrepareOptions(
                source,
                EncodeOptions.of(folder.resolve("tokenizer").toString(), 512, 1024),
                PackOptions.of(PackingMethod.BEST_FIT_DECREASING),
                OutputOptions.of(folder.resolve("data").toString()),
                42);

        PrepareReport report = Prepare.run(spark, options, PrepareListener.NONE);

        assertThat(report.counts().rowsRead()).isEqualTo(NUM_ROWS);
        assertThat(report.counts().rowsKept() + report.counts().rowsRejected()).isEqualTo(NUM_ROWS);
        assertThat(report.counts().rowsRejected()).isZero();
        assertThat(report.padding().packed()).isLessThan(0.03);
        assertThat(report.padding().batched()).isBetween(0.15, 0.4);
        assertThat(report.targetUnigramLoss()).isBetween(5.0, 9.0);
        try (PackedDataset data = PackedDataset.open(folder.resolve("data"));
                HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.load(folder.resolve("tokenizer"))) {
            assertThat(data.manifest()).isEqualTo(Manifest.read(folder.resolve("data/manifest.json")));
            assertThat(data.manifest().counts()).isEqualTo(report.counts());
            assertThat(tokenizer.decode(data.get(0).inputIds(), true)).contains("类型#");
        }
    }
}
