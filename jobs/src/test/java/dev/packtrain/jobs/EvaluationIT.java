package dev.packtrain.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.jobs.cluster.LocalSpark;
import dev.packtrain.jobs.cluster.SmallJob;
import dev.packtrain.packing.PackedDataset;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code run} holds the dev side of its rows out and evaluates on it; {@code train} finds the same on the prepared data. */
class EvaluationIT {
    @TempDir
    Path dir;

    @Test
    void theDevSideIsPreparedAndEvaluatedOn() throws Exception {
        try (SparkSession spark = LocalSpark.open()) {
            SmallJob job = SmallJob.create(dir, spark);
            Map<String, Object> keys = new LinkedHashMap<>(job.trainKeys(Path.of("unused"), "job", 5, 0));
            keys.putAll(job.prepareKeys("job"));
            keys.putAll(Map.of("dev_ratio", 0.2, "do_eval", true, "eval_steps", 2));
            TrainResult result = RunJob.run(spark, SmallJob.recipe(keys), 1);

            List<Map<String, Double>> evaluations = evaluations(result);
            assertThat(evaluations)
                    .extracting(line -> line.get("step").intValue())
                    .containsExactly(2, 4, 5);
            Path heldOut = dir.resolve("job/data-dev");
            try (PackedDataset dev = PackedDataset.open(heldOut)) {
                assertThat(evaluations.get(2).get("eval_label_tokens"))
                        .isEqualTo((double) dev.manifest().counts().labelTokens());
            }
            double loss = evaluations.get(2).get("eval_loss");
            assertThat(result.summary()).containsEntry("eval_loss", loss).containsEntry("eval_ppl", Math.exp(loss));
            assertThat(loss).isLessThan(evaluations.get(0).get("eval_loss"));

            Map<String, Object> train = new LinkedHashMap<>(job.trainKeys(dir.resolve("job/data"), "two", 5, 0));
            train.putAll(Map.of("eval_dataset_name_or_path", heldOut, "eval_strategy", "epoch"));
            TrainResult again = TrainJob.run(spark, SmallJob.recipe(train), 1);
            assertThat(again.summary().get("eval_loss") / loss).isCloseTo(1, within(1e-6));
        }
    }

    private static List<Map<String, Double>> evaluations(TrainResult result) {
        return result.metrics().stream()
                .filter(line -> line.containsKey("eval_loss"))
                .toList();
    }
}
