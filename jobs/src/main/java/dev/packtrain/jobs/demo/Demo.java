package dev.packtrain.jobs.demo;

import dev.packtrain.jobs.BundledConf;
import dev.packtrain.jobs.PrepareJob;
import dev.packtrain.jobs.TextGenerator;
import dev.packtrain.jobs.TokenizerJob;
import dev.packtrain.jobs.TrainJob;
import dev.packtrain.jobs.TrainLaunch;
import dev.packtrain.jobs.TrainResult;
import dev.packtrain.jobs.progress.PrepareView;
import dev.packtrain.jobs.progress.Screen;
import dev.packtrain.jobs.progress.TrainView;
import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.Recipe;
import dev.packtrain.jobs.recipe.Settings;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.PrepareReport;
import dev.packtrain.pipeline.sample.SampleGenerator;
import dev.packtrain.pipeline.sample.SampleRow;
import dev.packtrain.training.generation.GenerationOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/** Sample, tokenizer, prepare, train, generate. */
public final class Demo {
    private static final long SEED = 42;
    private static final String ASKED = "类型#裙*材质#雪纺*颜色#红色";

    private final Screen screen;
    private final Path root;
    private final Recipe recipe;
    private final Size size;

    /**
     * How much of it, each at least 1.
     *
     * @param rows of the sample
     * @param maxSteps of the training; empty: as demo.json says
     * @param numProcesses ranks
     */
    public record Size(int rows, Optional<Integer> maxSteps, int numProcesses) {
        public Size {
            atLeastOne("--rows", rows);
            maxSteps.ifPresent(steps -> atLeastOne("--max_steps", steps));
            atLeastOne("--num_processes", numProcesses);
        }

        private static void atLeastOne(String option, int got) {
            if (got < 1) {
                throw new BadInputException("%s is %d; wanted at least 1".formatted(option, got));
            }
        }
    }

    /**
     * A demo that has not begun.
     *
     * @param root new or empty, or an earlier demo if {@code overwrite}
     * @throws BadInputException if {@code root} holds anything else, or cannot be written
     */
    public Demo(Screen screen, Path root, boolean overwrite, Size size) throws IOException {
        this.screen = screen;
        this.root = root.toAbsolutePath().normalize();
        this.size = size;
        check(overwrite);
        Recipe read = Recipe.read(BundledConf.copy("demo.json", this.root)).with("overwrite_output_dir", overwrite);
        recipe = size.maxSteps().map(steps -> read.with("max_steps", steps)).orElse(read);
    }

    private void check(boolean overwrite) throws IOException {
        if (Files.isDirectory(root)) {
            try (Stream<Path> children = Files.list(root)) {
                boolean used = children.findAny().isPresent();
                if (used && !(overwrite && Files.exists(root.resolve("demo.json")))) {
                    throw new BadInputException(
                            "%s is not empty; give another --output_dir, or --overwrite_output_dir true to replace an earlier demo there"
                                    .formatted(root));
                }
            }
        }
        try {
            Files.createDirectories(root);
        } catch (IOException unwritable) {
            throw new BadInputException(
                    "cannot write to --output_dir %s (%s); give a directory that you may write to"
                            .formatted(root, unwritable),
                    unwritable);
        }
    }

    /** Runs all of it. */
    public void run(SparkSession spark) throws IOException {
        long start = System.nanoTime();
        screen.line("1. sample: %,d rows, attributes of a garment (src) and its advertisement (tgt)", size.rows());
        Path sample = root.resolve("sample");
        Files.createDirectories(sample);
        SampleGenerator generator = new SampleGenerator(SEED);
        generator.writeTo(sample.resolve("train.json"), size.rows());
        screen.line("  sample     %s", sample.resolve("train.json"));

        screen.line("2. tokenizer: a byte-level BPE, trained on the sample");
        Path tokenizer = tokenizer(spark, sample);
        screen.line("3. prepare: tokenise, pack, write Arrow shards");
        prepare(spark, sample, tokenizer);
        screen.line("4. train: a small Llama from scratch, %d processes on this CPU", size.numProcesses());
        TrainResult result = train(spark);
        // The first row that was not written to the sample.
        SampleRow heldOut = generator.row(size.rows());
        screen.line("5. generate: an advertisement for a src that the model has not seen");
        generate(result.modelDir(), heldOut);
        screen.line("done in %.0f s; to look further:", (System.nanoTime() - start) / 1e9);
        screen.line("  packtrain inspect %s", root.resolve("data"));
        screen.line("  packtrain generate --model_name_or_path %s --src '%s'", result.modelDir(), ASKED);
    }

    private Path tokenizer(SparkSession spark, Path sample) throws IOException {
        Path output = root.resolve("tokenizer");
        TokenizerJob.run(
                spark, recipe.with("dataset_name_or_path", sample.toString()).with("output_dir", output.toString()));
        screen.line("  tokenizer  %s", output);
        return output;
    }

    private void prepare(SparkSession spark, Path sample, Path tokenizer) {
        Path data = root.resolve("data");
        Settings settings = recipe.with("dataset_name_or_path", sample.toString())
                .with("tokenizer_name_or_path", tokenizer.toString())
                .with("output_dir", data.toString())
                .resolve(Command.PREPARE);
        try (PrepareView view = new PrepareView(screen)) {
            PrepareReport report = PrepareJob.run(spark, settings, view);
            view.summary(report, data.toString());
        }
    }

    private TrainResult train(SparkSession spark) throws IOException {
        Settings settings = recipe.with(
                        "dataset_name_or_path", root.resolve("data").toString())
                .with(
                        "config_name",
                        BundledConf.copy("models/llama-tiny.json", root).toString())
                .with("output_dir", root.resolve("model").toString())
                .resolve(Command.TRAIN);
        try (TrainView view = new TrainView(screen)) {
            TrainResult result = TrainJob.run(spark, settings, TrainLaunch.of(size.numProcesses()), view);
            view.summary(result);
            return result;
        }
    }

    private void generate(Path modelDir, SampleRow heldOut) throws IOException {
        int maxNewTokens = recipe.with("model_name_or_path", modelDir.toString())
                .resolve(Command.GENERATE)
                .count("max_new_tokens");
        screen.line("  src        %s", heldOut.src());
        screen.out().print("  model      ");
        try (TextGenerator generator = TextGenerator.open(modelDir)) {
            generator.generate(heldOut.src(), GenerationOptions.greedy(maxNewTokens, generator.eosTokenIds()), text -> {
                screen.out().print(text);
                screen.out().flush();
            });
        }
        screen.line("");
        screen.line("  reference  %s", heldOut.tgt());
    }
}
