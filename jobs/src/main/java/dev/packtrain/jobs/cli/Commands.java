package dev.packtrain.jobs.cli;

import dev.packtrain.jobs.PrepareJob;
import dev.packtrain.jobs.RunJob;
import dev.packtrain.jobs.TokenizerJob;
import dev.packtrain.jobs.TrainJob;
import dev.packtrain.jobs.TrainLaunch;
import dev.packtrain.jobs.TrainResult;
import dev.packtrain.jobs.bench.BenchCommand;
import dev.packtrain.jobs.progress.PrepareView;
import dev.packtrain.jobs.progress.Screen;
import dev.packtrain.jobs.progress.TrainView;
import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.Settings;
import dev.packtrain.pipeline.PrepareReport;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/** What each command does, on the screen. */
final class Commands {
    private final Screen screen;

    private Commands(Screen screen) {
        this.screen = screen;
    }

    /** Commands by name, in the order of the help text: picocli's specs or annotated objects. */
    static Map<String, Object> all(Screen screen) {
        Commands actions = new Commands(screen);
        Map<String, Object> commands = new LinkedHashMap<>();
        commands.put("demo", new DemoCommand(screen));
        recipe(commands, Command.PREPARE, "Tokenises and packs src/tgt records into Arrow shards.", actions::prepare);
        recipe(commands, Command.TRAIN, "Trains a model on prepared data, one process a rank.", actions::train);
        recipe(commands, Command.RUN, "Prepares and trains in one Spark application.", actions::prepareAndTrain);
        commands.put(Command.PLAN.word(), PlanCommand.of(screen));
        commands.put("generate", GenerateCommand.of(screen));
        commands.put("merge", MergeCommand.of(screen));
        recipe(commands, Command.TOKENIZER, "Trains a byte-level BPE and writes tokenizer.json.", actions::tokenizer);
        commands.put("sample", new SampleCommand());
        commands.put("inspect", new InspectCommand(screen));
        commands.put("doctor", new DoctorCommand(screen));
        commands.put("bench", new BenchCommand());
        return commands;
    }

    private static void recipe(
            Map<String, Object> commands, Command command, String description, RecipeCommand.Action action) {
        commands.put(command.word(), RecipeCommand.of(command, description, action));
    }

    private void prepare(SparkSession spark, Settings settings, TrainLaunch unused) {
        try (PrepareView view = new PrepareView(screen)) {
            PrepareReport report = PrepareJob.run(spark, settings, view);
            view.summary(report, settings.text("output_dir"));
        }
    }

    private void train(SparkSession spark, Settings settings, TrainLaunch launch) throws IOException {
        try (TrainView view = new TrainView(screen)) {
            TrainResult result = TrainJob.run(spark, settings, launch, view);
            view.summary(result);
        }
    }

    private void prepareAndTrain(SparkSession spark, Settings settings, TrainLaunch launch) throws IOException {
        try (PrepareView preparing = new PrepareView(screen);
                TrainView training = new TrainView(screen)) {
            TrainResult result = RunJob.run(
                    spark,
                    settings,
                    launch,
                    preparing,
                    (report, directory) -> {
                        preparing.summary(report, directory);
                    },
                    training);
            training.summary(result);
        }
    }

    private void tokenizer(SparkSession spark, Settings settings, TrainLaunch unused) throws IOException {
        screen.line("  tokenizer  %s", TokenizerJob.run(spark, settings));
    }
}
