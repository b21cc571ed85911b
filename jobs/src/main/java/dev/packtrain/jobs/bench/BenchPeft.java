package dev.packtrain.jobs.bench;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.jobs.BundledConf;
import dev.packtrain.jobs.PrepareJob;
import dev.packtrain.jobs.TokenizerJob;
import dev.packtrain.jobs.TrainJob;
import dev.packtrain.jobs.TrainLaunch;
import dev.packtrain.jobs.TrainResult;
import dev.packtrain.jobs.exit.Scratch;
import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.Recipe;
import dev.packtrain.jobs.session.SparkSessions;
import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.bytedeco.pytorch.global.torch.ScalarType;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Trains a small model from scratch on one half of the rows, then fine-tunes it on the other half by every method, each in
 * a training process of its own, as {@code packtrain train} does; and measures what each run has written.
 */
@picocli.CommandLine.Command(
        name = "peft",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Fine-tunes one small model by every method: trained share, memory, speed and dev loss.")
final class BenchPeft implements Callable<Integer> {
    private static final double PER_CENT = 100;
    private static final double MIB = 1 << 20;

    @Option(names = "--source", paramLabel = "FILE", description = "JSON lines (default: generated)")
    private Path source;

    @Option(names = "--src_field", defaultValue = "src", description = "of --source (default: ${DEFAULT-VALUE})")
    private String srcField;

    @Option(names = "--tgt_field", defaultValue = "tgt", description = "of --source (default: ${DEFAULT-VALUE})")
    private String tgtField;

    @Option(names = "--rows", defaultValue = "2000", description = "rows to generate (default: ${DEFAULT-VALUE})")
    private long rows;

    @Option(
            names = "--methods_file",
            paramLabel = "FILE",
            description = "JSON: a name and the recipe keys of every run (default: conf/peft/methods.json)")
    private Path methodsFile;

    @Option(names = "--methods", split = ",", paramLabel = "NAME", description = "only these of the file")
    private List<String> only = List.of();

    @Option(names = "--max_length", defaultValue = "512", description = "default: ${DEFAULT-VALUE}")
    private long maxLength;

    @Option(names = "--vocab_size", defaultValue = "2000", description = "default: ${DEFAULT-VALUE}")
    private long vocabSize;

    @Option(names = "--base_epochs", defaultValue = "20", description = "of the base (default: ${DEFAULT-VALUE})")
    private long baseEpochs;

    @Option(names = "--epochs", defaultValue = "5", description = "of every method (default: ${DEFAULT-VALUE})")
    private long epochs;

    @Option(names = "--bf16", description = "bfloat16 weights and activations")
    private boolean bf16;

    @Option(names = "--num_threads", defaultValue = "2", description = "libtorch's threads; default: ${DEFAULT-VALUE}")
    private int numThreads;

    @Option(names = "--seed", defaultValue = "42", description = "default: ${DEFAULT-VALUE}")
    private long seed;

    @Option(names = "--work_dir", paramLabel = "DIR", description = "keep everything here (default: temporary)")
    private Path workDir;

    @Option(names = "--json", paramLabel = "FILE", description = "write the figures here too")
    private Path json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Map<String, Map<String, Object>> methods = methods();
        try (Scratch scratch = workDir == null
                ? Scratch.temporary(BenchCommand.FOLDER_PREFIX)
                : Scratch.at(Files.createDirectories(workDir))) {
            SparkSession spark = SparkSessions.open("packtrain bench peft", null, 1);
            try {
                measure(spark, scratch.path().toAbsolutePath(), methods).report(System.out, json);
            } finally {
                spark.stop();
            }
        }
        return spec.exitCodeOnSuccess();
    }

    private Map<String, Map<String, Object>> methods() throws IOException {
        String text = methodsFile == null ? BundledConf.text("peft/methods.json") : Files.readString(methodsFile);
        Map<String, Map<String, Object>> all = new ObjectMapper().readValue(text, new TypeReference<>() {});
        if (only.isEmpty()) {
            return all;
        }
        Map<String, Map<String, Object>> chosen = new LinkedHashMap<>();
        for (String name : only) {
            if (!all.containsKey(name)) {
                throw new BadInputException("--methods has %s, which the file does not; it has %s."
                        .formatted(name, String.join(", ", all.keySet())));
            }
            chosen.put(name, all.get(name));
        }
        return chosen;
    }

    private BenchFigures measure(SparkSession spark, Path work, Map<String, Map<String, Object>> methods)
            throws IOException {
        PeftRows split = PeftRows.split(source == null ? generated(work) : source, seed, work);
        Path tokenizer = TokenizerJob.run(
                spark,
                recipe().with("dataset_name_or_path", split.base().toString())
                        .with("vocab_size", vocabSize)
                        .with("output_dir", work.resolve("tokenizer").toString()));
        Path tune = prepare(spark, split.tune(), tokenizer, work.resolve("data-tune"));
        DevLoss devLoss = new DevLoss(
                prepare(spark, split.dev(), tokenizer, work.resolve("data-dev")),
                numThreads,
                bf16 ? ScalarType.BFloat16 : ScalarType.Float);
        Path base = work.resolve("base");
        Recipe fromScratch = recipe().with(
                        "dataset_name_or_path",
                        prepare(spark, split.base(), tokenizer, work.resolve("data-base"))
                                .toString())
                .with(
                        "config_name",
                        BundledConf.copy("models/llama-small.json", work).toString())
                .with("learning_rate", 2e-3)
                .with("num_train_epochs", baseEpochs);
        List<Map<String, Object>> table = new ArrayList<>();
        TrainResult ofBase = train(spark, fromScratch, base);
        table.add(row("(base)", ofBase, devLoss.of(base, base)));
        for (Map.Entry<String, Map<String, Object>> method : methods.entrySet()) {
            Recipe recipe = recipe().with("dataset_name_or_path", tune.toString())
                    .with("model_name_or_path", base.toString())
                    .with("num_train_epochs", epochs);
            for (Map.Entry<String, Object> key : method.getValue().entrySet()) {
                recipe = recipe.with(key.getKey(), key.getValue());
            }
            Path output = work.resolve("tuned-" + method.getKey());
            TrainResult result = train(spark, recipe, output);
            double loss = devLoss.of(output, base);
            table.add(row(method.getKey(), result, loss));
            System.err.printf(Locale.ROOT, "%s: dev loss %.4f%n", method.getKey(), loss);
        }
        return new BenchFigures()
                .put("source", source == null ? rows + " generated rows" : source.getFileName())
                .put("dtype", bf16 ? "bf16" : "fp32")
                .put("threads", numThreads)
                .put("max_length", maxLength)
                .put("base_epochs", baseEpochs)
                .put("epochs", epochs)
                .table("methods", table);
    }

    private Path generated(Path work) throws IOException {
        Path file = work.resolve("rows.jsonl");
        BenchRows.generate(file, rows, seed);
        return file;
    }

    private Recipe recipe() {
        return Recipe.empty()
                .with("max_length", maxLength)
                .with("zero_padding", true)
                .with("greedy_zero_padding", true)
                .with("src_field", srcField)
                .with("tgt_field", tgtField)
                .with("overwrite_output_dir", true)
                .with("seed", seed);
    }

    private Path prepare(SparkSession spark, Path file, Path tokenizer, Path output) {
        PrepareJob.run(
                spark,
                recipe().with("dataset_name_or_path", file.toString())
                        .with("tokenizer_name_or_path", tokenizer.toString())
                        .with("output_dir", output.toString()));
        return output;
    }

    private TrainResult train(SparkSession spark, Recipe recipe, Path output) throws IOException {
        Recipe whole = recipe.with("output_dir", output.toString())
                .with("bf16", bf16)
                .with("per_device_train_batch_size", 1)
                .with("lr_scheduler_type", "cosine")
                .with("warmup_ratio", 0.05)
                .with("logging_steps", 1)
                .with("save_steps", 0);
        TrainLaunch launch = new TrainLaunch(1, numThreads, TrainLaunch.DEFAULT_HEAP);
        return TrainJob.run(spark, whole.resolve(Command.TRAIN), launch, (rank, event) -> {});
    }

    private static Map<String, Object> row(String name, TrainResult result, double devLoss) {
        Map<String, Double> summary = result.summary();
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("method", name);
        row.put("trained_parameters", summary.get("trained_parameters").longValue());
        row.put("trained_percent", PER_CENT * summary.get("trained_share"));
        row.put("peak_rss_mib", summary.get("peak_rss_bytes") / MIB);
        row.put("tokens_per_second", summary.get("tokens_per_second"));
        row.put("train_loss", result.finalLoss());
        row.put("dev_loss", devLoss);
        return row;
    }
}
