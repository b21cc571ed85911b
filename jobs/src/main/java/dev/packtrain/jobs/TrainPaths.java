package dev.packtrain.jobs;

import dev.packtrain.jobs.recipe.Settings;

/**
 * Where training reads and writes.
 *
 * @param dataset prepared data, on any file system that Spark reads
 * @param outputDir model, metrics and checkpoints, on a file system that every rank mounts
 */
record TrainPaths(String dataset, String outputDir) {
    static TrainPaths of(Settings settings) {
        return new TrainPaths(settings.text("dataset_name_or_path"), settings.text("output_dir"));
    }
}
