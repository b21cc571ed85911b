package dev.packtrain.jobs;

import dev.packtrain.jobs.recipe.Settings;
import dev.packtrain.jobs.recipe.TrainingRecipe;
import java.util.Optional;

/**
 * Where training reads and writes.
 *
 * @param dataset prepared data, on any file system that Spark reads
 * @param heldOut prepared data to evaluate on, on any file system that Spark reads; empty without evaluation
 * @param outputDir model, metrics and checkpoints, on a file system that every rank mounts
 */
record TrainPaths(String dataset, Optional<String> heldOut, String outputDir) {
    static TrainPaths of(Settings settings) {
        return new TrainPaths(
                settings.text("dataset_name_or_path"), TrainingRecipe.heldOut(settings), settings.text("output_dir"));
    }
}
