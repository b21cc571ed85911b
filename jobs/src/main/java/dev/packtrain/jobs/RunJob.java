package dev.packtrain.jobs;

import dev.packtrain.jobs.launch.TrainingListener;
import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.PreparingRecipe;
import dev.packtrain.jobs.recipe.Recipe;
import dev.packtrain.jobs.recipe.Settings;
import dev.packtrain.jobs.recipe.TrainingRecipe;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.OutputMode;
import dev.packtrain.pipeline.Prepare;
import dev.packtrain.pipeline.PrepareListener;
import dev.packtrain.pipeline.PrepareOptions;
import dev.packtrain.pipeline.PrepareReport;
import dev.packtrain.training.launch.TrainerEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.spark.sql.SparkSession;

/** Prepares and trains in one Spark application: {@code output_dir/data}, with evaluation {@code output_dir/data-dev}, and
 * {@code output_dir/model}. A run that resumes trains on what is prepared there. */
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
     * Prepares and trains, one run at a time in a directory.
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
        TrainJob.check(spark.sparkContext(), settings, output.resolve("model"), launch);
        Preparation preparation = new Preparation(spark, settings, preparing, prepared);
        Consumer<String> notices = what -> training.onEvent(0, new TrainerEvent.Notice(what));
        return RunClaim.holding(spark.sparkContext(), output, notices, () -> {
            TrainPaths paths = preparation.below(output);
            return TrainJob.run(spark, settings, paths, launch, training);
        });
    }

    /** Prepares what is not prepared yet: a run may have succeeded in that, and failed later. */
    private record Preparation(
            SparkSession spark,
            Settings settings,
            PrepareListener listener,
            BiConsumer<PrepareReport, String> prepared) {
        /** Prepares below a directory, and says what to train on and where. */
        TrainPaths below(Path output) throws IOException {
            // First, because it is small: a mistake in its path shows soon.
            Optional<String> heldOut = Optional.empty();
            if (TrainingRecipe.options(settings).evaluation().present()) {
                heldOut = Optional.of(url(output.resolve("data-dev")));
                prepare(PreparingRecipe.options(PreparingRecipe.heldOut(settings), heldOut.get()));
            }
            String data = url(output.resolve("data"));
            prepare(PreparingRecipe.options(settings, data));
            return new TrainPaths(data, heldOut, output.resolve("model").toString());
        }

        /** Beside the model, also where a path without a scheme is on another file system. */
        private static String url(Path directory) {
            return "file://" + directory;
        }

        private void prepare(PrepareOptions options) throws IOException {
            DataLocation location = DataLocation.of(
                    "output_dir",
                    options.output().directory(),
                    spark.sparkContext().hadoopConfiguration());
            String directory = location.path();
            boolean there = location.isPrepared();
            boolean resumes =
                    !TrainingRecipe.options(settings).saving().resume().isEmpty();
            if (there && resumes) {
                listener.notice("data", directory + " is there: a run that resumes prepares nothing again");
                return;
            }
            if (there && options.output().mode() == OutputMode.NEW) {
                throw new BadInputException(
                        "output_dir holds what an earlier run prepared (%s); give --resume_from_checkpoint true to train on it, from the newest checkpoint if there is one, --overwrite_output_dir true to prepare and train anew, or another output_dir"
                                .formatted(directory));
            }
            prepared.accept(Prepare.run(spark, options, listener), directory);
        }
    }
}
