package dev.packtrain.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.jobs.recipe.Recipe;
import dev.packtrain.jobs.session.SparkSessions;
import dev.packtrain.pipeline.PrepareReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole job on AdvertiseGen's development rows, where they lie beside the repository. */
class RealDataIT {
    private static final int NUM_RANKS = 2;
    private static final int NUM_ROWS = 1070;
    private static final int NUM_STEPS = 240;
    /** A model that has learnt nothing but the targets' word frequencies has 1. */
    private static final double WANTED_SHARE_OF_UNIGRAM_LOSS = 0.85;

    private static SparkSession spark;

    @TempDir
    Path dir;

    @BeforeAll
    static void start() {
        spark = SparkSessions.open("real data", null, NUM_RANKS);
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static Path rows() {
        for (Path at = Path.of(System.getProperty("user.dir")); at != null; at = at.getParent()) {
            Path file = at.resolve("shared/data/advertisegen/dev.json");
            if (Files.exists(file)) {
                return file;
            }
        }
        return null;
    }

    private Recipe recipe(Path rows) {
        return Recipe.of(Map.ofEntries(
                Map.entry("dataset_name_or_path", rows.toString()),
                Map.entry("src_field", "content"),
                Map.entry("tgt_field", "summary"),
                Map.entry("tokenizer_name_or_path", dir.resolve("tokenizer").toString()),
                Map.entry("vocab_size", 2000),
                Map.entry("max_length", 1024),
                Map.entry("zero_padding", true),
                Map.entry("greedy_zero_padding", true),
                Map.entry(
                        "config_name", Path.of("../conf/models/llama-tiny.json").toString()),
                Map.entry("max_steps", NUM_STEPS),
                Map.entry("learning_rate", 3e-3),
                Map.entry("lr_scheduler_type", "cosine"),
                Map.entry("warmup_steps", 10),
                Map.entry("save_steps", 0)));
    }

    @Test
    void twoRanksBeatTheUnigramModelOfTheTargets() throws IOException {
        Path rows = rows();
        assumeThat(rows).as("AdvertiseGen is beside the repository").isNotNull();
        Recipe recipe = recipe(rows);
        TokenizerJob.run(
                spark, recipe.with("output_dir", dir.resolve("tokenizer").toString()));

        Path data = dir.resolve("data");
        PrepareReport report = PrepareJob.run(spark, recipe.with("output_dir", data.toString()));

        assertThat(report.counts().rowsRead()).isEqualTo(NUM_ROWS);
        assertThat(report.counts().rowsKept() + report.counts().rowsRejected()).isEqualTo(NUM_ROWS);
        assertThat(new ObjectMapper()
                        .readTree(data.resolve("recipe.json").toFile())
                        .path("max_length")
                        .intValue())
                .isEqualTo(1024);

        TrainResult result = TrainJob.run(
                spark,
                recipe.with("dataset_name_or_path", data.toString())
                        .with("output_dir", dir.resolve("model").toString()),
                NUM_RANKS);

        System.out.printf(
                "AdvertiseGen: final loss %.3f, unigram loss of the targets %.3f nats a label token%n",
                result.finalLoss(), result.targetUnigramLoss());
        assertThat(result.steps()).isEqualTo(NUM_STEPS);
        assertThat(result.finalLoss()).isLessThan(WANTED_SHARE_OF_UNIGRAM_LOSS * result.targetUnigramLoss());
        assertThat(dir.resolve("model/tokenizer.json")).exists();
    }
}
