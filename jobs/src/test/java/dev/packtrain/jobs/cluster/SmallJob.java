package dev.packtrain.jobs.cluster;

import dev.packtrain.jobs.MetricsFile;
import dev.packtrain.jobs.PrepareJob;
import dev.packtrain.jobs.TokenizerJob;
import dev.packtrain.jobs.recipe.Recipe;
import dev.packtrain.pipeline.sample.SampleGenerator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/**
 * A sample, a tokenizer and a model of 64 dimensions, whose steps take some ten milliseconds.
 *
 * @param root where everything is written
 */
public record SmallJob(Path root) {
    private static final int ROWS = 300;

    /** Writes the sample and trains the tokenizer. */
    public static SmallJob create(Path root, SparkSession spark) throws IOException {
        SmallJob job = new SmallJob(root);
        new SampleGenerator(7).writeTo(job.sample(), ROWS);
        try (InputStream config =
                SmallJob.class.getResourceAsStream("/dev/packtrain/jobs/conf/models/llama-tiny.json")) {
            Files.write(job.config(), config.readAllBytes());
        }
        TokenizerJob.run(
                spark,
                Recipe.of(Map.of(
                        "dataset_name_or_path", job.sample().toString(),
                        "vocab_size", 400,
                        "output_dir", job.tokenizer().toString())));
        return job;
    }

    /** Prepares inside this process. */
    public Path prepare(SparkSession spark, String name) {
        PrepareJob.run(spark, recipe(prepareKeys(name)));
        return root.resolve(name);
    }

    /** Keys of prepare; {@code name} is the output under the root. */
    public Map<String, Object> prepareKeys(String name) {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("dataset_name_or_path", sample().toString());
        keys.put("tokenizer_name_or_path", tokenizer().toString());
        keys.put("output_dir", root.resolve(name).toString());
        keys.put("max_length", 256);
        keys.put("zero_padding", true);
        keys.put("greedy_zero_padding", true);
        keys.put("packing_group_size", 128);
        return keys;
    }

    /** Keys of train from scratch. */
    public Map<String, Object> trainKeys(Path data, String name, int maxSteps, int saveSteps) {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("dataset_name_or_path", data.toString());
        keys.put("config_name", config().toString());
        keys.put("config_overrides", "hidden_size=64,intermediate_size=128,num_hidden_layers=2,head_dim=16");
        keys.put("output_dir", root.resolve(name).toString());
        keys.put("max_steps", maxSteps);
        keys.put("save_steps", saveSteps);
        keys.put("learning_rate", 0.001);
        keys.put("report_to", "none");
        return keys;
    }

    /** The same keys for the Java interface. */
    public static Recipe recipe(Map<String, Object> keys) {
        Map<String, String> texts = new LinkedHashMap<>();
        keys.forEach((key, value) -> texts.put(key, value.toString()));
        return Recipe.empty().withOptions(texts);
    }

    /** The same keys as a command line. */
    public static List<String> arguments(Map<String, Object> keys) {
        List<String> arguments = new ArrayList<>();
        keys.forEach((key, value) -> arguments.addAll(List.of("--" + key, value.toString())));
        return arguments;
    }

    /** Loss by step, to the last bit. */
    public Map<Integer, Double> losses(String name) throws IOException {
        Map<Integer, Double> losses = new LinkedHashMap<>();
        for (Map<String, Double> line : MetricsFile.read(root.resolve(name).resolve("metrics.jsonl"))) {
            if (line.containsKey("loss")) {
                losses.put(line.get("step").intValue(), line.get("loss"));
            }
        }
        return losses;
    }

    private Path sample() {
        return root.resolve("sample.jsonl");
    }

    private Path config() {
        return root.resolve("llama-tiny.json");
    }

    private Path tokenizer() {
        return root.resolve("tokenizer");
    }
}
