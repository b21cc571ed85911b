package dev.packtrain.jobs;

import dev.packtrain.jobs.launch.TrainingListener;
import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.PreparingRecipe;
import dev.packtrain.jobs.recipe.Recipe;
import dev.packtrain.jobs.recipe.Settings;
import dev.packtrain.jobs.recipe.TrainingRecipe;
import dev.packtrain.pipeline.Prepare;
import dev.packtrain.pipeline.PrepareListener;
import dev.packtrain.pipeline.PrepareReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.apache.spark.sql.SparkSession;

/** Prepares and trains in one Spark application: {@code output_dir/data}, with evaluation {@code output_dir/data-dev}, and
 * {@code output_dir/model}. */
public final class RunJob {
    private RunJob() {}

    /** {@code spark-submit --class dev.packtrain.jobs.RunJob jobs.jar --dataset_name_or_path F --output_dir O …} */
    public static void main(String[] args) {
        Packtrain.submit("run", args);
    }

    /** Prepares and trains quietly. */
    public static TrainResult run(SparkSession spark, Recipe recipe, int numProcesses) throws IOException {
        return run(
                spark,
                recipe.resolve(Command.RUN),
                TrainLaunch.of(numProcesses),
                PrepareListener.NONE,
                (report, directory) -> {},
                (rank, event) -> {});
    }

    /**
     * Prepares and trains.
     *
     * @param prepared is told report and directory, of the data to evaluate on, if there are any, and of the training data
     */
    public static TrainResult run(
            SparkSession spark,
            Settings settings,
            TrainLaunch launch,
            PrepareListener preparing,
            BiConsumer<PrepareReport, String> prepared,
            TrainingListener training)
            throws IOException {
        Path output = DataLocation.localOutput(settings.text("output_dir"));
        Path model = output.resolve("model");
        TrainJob.check(spark.sparkContext(), settings, model, launch);
        // First, because it is small: a mistake in its path shows soon.
        Optional<String> heldOut = Optional.empty();
        if (TrainingRecipe.options(settings).evaluation().present()) {
            heldOut = Optional.of(output.resolve("data-dev").toString());
            PrepareReport dev = Prepare.run(
                    spark, PreparingRecipe.options(PreparingRecipe.heldOut(settings), heldOut.get()), preparing);
            prepared.accept(dev, heldOut.get());
        }
        String data = output.resolve("data").toString();
        PrepareReport report = Prepare.run(spark, PreparingRecipe.options(settings, data), preparing);
        prepared.accept(report, data);
        TrainPaths paths = new TrainPaths(data, heldOut, model.toString());
        return TrainJob.run(spark, settings, paths, launch, training);
    }
}
