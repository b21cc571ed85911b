package dev.packtrain.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.jobs.cli.Capture;
import dev.packtrain.jobs.cluster.LocalSpark;
import dev.packtrain.jobs.cluster.SmallJob;
import dev.packtrain.packing.PackedDataset;
import dev.packtrain.pipeline.sample.SampleGenerator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run trains on the version of its data that it was started with, whatever is appended later. */
class DatasetVersionIT {
    @TempDir
    Path dir;

    @Test
    void aRunStaysWithTheVersionThatItsRecipeNames() throws Exception {
        try (SparkSession spark = LocalSpark.open()) {
            SmallJob job = SmallJob.create(dir, spark);
            Path data = job.prepare(spark, "data");
            String first = train(spark, job, data, "first", Map.of(), 1);

            new SampleGenerator(9).writeTo(dir.resolve("more.jsonl"), 100);
            Map<String, Object> append = job.prepareKeys("data");
            append.put("dataset_name_or_path", dir.resolve("more.jsonl"));
            append.put("append", true);
            PrepareJob.run(spark, SmallJob.recipe(append));

            assertThat(train(spark, job, data, "again", Map.of("dataset_version", 1), 1))
                    .isEqualTo(first);
            assertThat(train(spark, job, data, "current", Map.of(), 2)).isNotEqualTo(first);
            assertThat(inspected(data, "--dataset_version", "1"))
                    .containsPattern("dataset version +1\n")
                    .containsPattern("rows read +300\n");
            assertThat(inspected(data)).containsPattern("dataset version +2\n").containsPattern("rows read +400\n");
        }
    }

    /** Trains a step and a checkpoint; what it learnt from is named in both. */
    private String train(
            SparkSession spark, SmallJob job, Path data, String name, Map<String, Object> more, int version)
            throws IOException {
        Map<String, Object> keys = new LinkedHashMap<>(job.trainKeys(data, name, 1, 1));
        keys.putAll(more);
        Path output = TrainJob.run(spark, SmallJob.recipe(keys), 1).modelDir();
        ObjectMapper json = new ObjectMapper();
        assertThat(json.readTree(output.resolve("recipe.json").toFile())
                        .get("dataset_version")
                        .asInt())
                .isEqualTo(version);
        try (PackedDataset wanted = PackedDataset.open(data, version)) {
            String sha256 = json.readTree(
                            output.resolve("checkpoint-1/trainer_state.json").toFile())
                    .at("/identity/dataset_sha256")
                    .asText();
            assertThat(sha256).isEqualTo(wanted.manifest().contentSha256());
            return sha256;
        }
    }

    private static String inspected(Path data, String... version) {
        List<String> arguments = new ArrayList<>(List.of("inspect", data.toString(), "--verify", "--pack", "0"));
        arguments.addAll(List.of(version));
        Capture run = Capture.of(arguments.toArray(String[]::new));
        assertThat(run.status()).as(run.err()).isZero();
        return run.out();
    }
}
