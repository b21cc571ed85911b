package dev.packtrain.jobs.ways;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.jobs.BundledConf;
import dev.packtrain.jobs.Packtrain;
import dev.packtrain.jobs.PrepareJob;
import dev.packtrain.jobs.TokenizerJob;
import dev.packtrain.jobs.TrainJob;
import dev.packtrain.jobs.recipe.Recipe;
import dev.packtrain.pipeline.sample.SampleGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.deploy.SparkSubmit;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Airflow itself is not needed: a stand-in builds its operator's command lines, and this runs exactly those. */
class AirflowDagIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String RUN_ID = "manual__2026-11-21T05:00:00+00:00";
    private static final String PATH_SAFE_RUN_ID = "manual__2026-11-21T05-00-00-00-00";

    @TempDir
    Path workDir;

    @Test
    void eachTaskRunsAndItsRetryLeavesTheSame() throws Exception {
        assumeTrue(hasPython(), "python3 is not on the PATH");
        Path base = baseModel();
        JsonNode tasks = tasks(base);
        assertThat(tasks).hasSize(2);
        List<String> prepare = command(tasks.get(0), "prepare");
        List<String> train = command(tasks.get(1), "train");
        assertThat(tasks.get(1).get("upstream").get(0).asText()).isEqualTo("prepare");
        Path run = workDir.resolve("out").resolve(PATH_SAFE_RUN_ID);
        assertThat(prepare)
                .containsSequence("--class", "dev.packtrain.jobs.PrepareJob")
                .containsSequence("--output_dir", run + "/data", "--overwrite_output_dir", "true");
        assertThat(train)
                .containsSequence("--class", "dev.packtrain.jobs.TrainJob")
                .containsSequence("--dataset_name_or_path", run + "/data")
                .containsSequence("--output_dir", run + "/model", "--resume_from_checkpoint", "true");

        submit(prepare);
        JsonNode manifest = withoutFileNames(run.resolve("data/manifest.json"));
        submit(train);
        byte[] weights = Files.readAllBytes(run.resolve("model/model.safetensors"));
        List<String> steps = Files.readAllLines(run.resolve("model/metrics.jsonl"));
        assertThat(steps).hasSize(4);

        // Clearing the whole run repeats both tasks.
        submit(prepare);
        assertThat(withoutFileNames(run.resolve("data/manifest.json"))).isEqualTo(manifest);
        submit(train);
        assertThat(Files.readAllBytes(run.resolve("model/model.safetensors"))).isEqualTo(weights);
        assertThat(Files.readAllLines(run.resolve("model/metrics.jsonl"))).isEqualTo(steps);
    }

    /** Data prepared again are the next version, in files of other names; their checksums, counts and all else stay. */
    private static JsonNode withoutFileNames(Path manifest) throws IOException {
        JsonNode content = JSON.readTree(manifest.toFile());
        assertThat(content.get("shards")).isNotEmpty();
        ((ObjectNode) content).remove(List.of("dataset_version", "first_version"));
        content.get("shards").forEach(shard -> ((ObjectNode) shard).remove("file"));
        return content;
    }

    private static boolean hasPython() throws InterruptedException {
        try {
            return new ProcessBuilder("python3", "--version").start().waitFor() == 0;
        } catch (IOException absent) {
            return false;
        }
    }

    /** A model directory to fine-tune, trained for one step. */
    private Path baseModel() throws IOException {
        Path rows = Files.createDirectories(workDir.resolve("rows"));
        new SampleGenerator(42).writeTo(rows.resolve("train.json"), 60);
        Recipe recipe = Recipe.of(Map.of("max_length", 256, "vocab_size", 500, "max_steps", 1))
                .with("dataset_name_or_path", rows.toString());
        SparkSession spark = Packtrain.localSession(1);
        try {
            Path tokenizer = TokenizerJob.run(
                    spark,
                    recipe.with("output_dir", workDir.resolve("tokenizer").toString()));
            Path data = workDir.resolve("first-data");
            PrepareJob.run(
                    spark,
                    recipe.with("tokenizer_name_or_path", tokenizer.toString()).with("output_dir", data.toString()));
            return TrainJob.run(
                            spark,
                            recipe.with("dataset_name_or_path", data.toString())
                                    .with(
                                            "config_name",
                                            BundledConf.copy("models/llama-tiny.json", workDir)
                                                    .toString())
                                    .with("output_dir", workDir.resolve("base").toString()),
                            1)
                    .modelDir();
        } finally {
            spark.stop();
        }
    }

    private JsonNode tasks(Path base) throws Exception {
        Map<String, Object> context = Map.of(
                "run_id", RUN_ID,
                "params",
                        Map.of(
                                "records", workDir.resolve("rows").toString(),
                                "tokenizer", base.toString(),
                                "base_model", base.toString(),
                                "output_root", workDir.resolve("out").toString(),
                                "max_length", "256",
                                "max_steps", "4",
                                "save_steps", "2"),
                "variables",
                        Map.of(
                                "packtrain_jar", BuiltTree.jobsJar().toString(),
                                "packtrain_lib", BuiltTree.lib().toString()),
                "connections", Map.of("spark_default", Map.of("master", "local[2]", "deploy_mode", "client")));
        Path resources = Path.of(AirflowDagIT.class.getResource("/airflow").toURI());
        BuiltTree.Result result = BuiltTree.run(
                workDir,
                List.of(
                        "python3",
                        resources.resolve("print_commands.py").toString(),
                        BuiltTree.root()
                                .resolve("jobs/airflow/packtrain_dag.py")
                                .toString(),
                        JSON.writeValueAsString(context)));
        assertThat(result.status()).as(result.output()).isZero();
        return JSON.readTree(result.output());
    }

    private static List<String> command(JsonNode task, String taskId) {
        assertThat(task.get("task_id").asText()).isEqualTo(taskId);
        assertThat(task.get("retries").asInt()).isPositive();
        List<String> command = new ArrayList<>();
        task.get("command").forEach(word -> command.add(word.asText()));
        assertThat(command.get(0)).isEqualTo("spark-submit");
        return command;
    }

    /** Runs a command line, with the bundled Spark in place of an installed {@code spark-submit}. */
    private void submit(List<String> command) throws Exception {
        List<String> program = new ArrayList<>(command);
        program.set(0, SparkSubmit.class.getName());
        BuiltTree.Result result = BuiltTree.java(workDir, BuiltTree.sparkJars(), program.toArray(String[]::new));
        assertThat(result.status()).as(result.output()).isZero();
    }
}
