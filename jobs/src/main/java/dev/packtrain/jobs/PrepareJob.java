package dev.packtrain.jobs;

import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.PreparingRecipe;
import dev.packtrain.jobs.recipe.Recipe;
import dev.packtrain.jobs.recipe.Settings;
import dev.packtrain.pipeline.Prepare;
import dev.packtrain.pipeline.PrepareListener;
import dev.packtrain.pipeline.PrepareReport;
import org.apache.spark.sql.SparkSession;

/** Turns records into packed shards. */
public final class PrepareJob {
    private PrepareJob() {}

    /** {@code spark-submit --class dev.packtrain.jobs.PrepareJob jobs.jar --dataset_name_or_path F --output_dir D …} */
    public static void main(String[] args) {
        Packtrain.submit("prepare", args);
    }

    /**
     * Prepares quietly.
     *
     * @return what {@code report.json} says
     * @throws dev.packtrain.packing.BadInputException for a mistake in the recipe, the data or the output directory
     */
    public static PrepareReport run(SparkSession spark, Recipe recipe) {
        return run(spark, recipe.resolve(Command.PREPARE), PrepareListener.NONE);
    }

    /** Prepares into {@code output_dir}, and tells a listener how far it is. */
    public static PrepareReport run(SparkSession spark, Settings settings, PrepareListener listener) {
        return Prepare.run(spark, PreparingRecipe.options(settings, settings.text("output_dir")), listener);
    }
}
