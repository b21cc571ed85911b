package dev.packtrain.training.launch;

import dev.packtrain.training.options.TrainingOptions;

/**
 * What one rank needs to know before it meets the others.
 *
 * @param rank this process, 0-based
 * @param localRank this process among those of its host, 0-based
 * @param gpu the GPU it takes, 0-based among those that this process sees; 0 without one
 * @param worldSize number of processes
 * @param host address of this host on which the other ranks reach it
 * @param device {@code "cpu"} or {@code "cuda"}
 * @param numThreads libtorch's threads in this process, at least 1
 * @param timeoutSeconds {@code ddp_timeout}: deadline of the rendezvous and of every collective
 * @param datasetDir local path of prepared data: {@code manifest.json}, {@code shards/}, {@code tokenizer/}
 * @param datasetVersion the version of it that is trained on, whatever was appended since
 * @param heldOut what the run is evaluated on; null without evaluation
 * @param outputDir path on a file system that every rank mounts
 * @param options the run
 * @param recipeJson the resolved recipe, written beside the result as it is
 */
public record LaunchSpec(
        int rank,
        int localRank,
        int gpu,
        int worldSize,
        String host,
        String device,
        int numThreads,
        int timeoutSeconds,
        String datasetDir,
        int datasetVersion,
        HeldOutData heldOut,
        String outputDir,
        TrainingOptions options,
        String recipeJson) {
    /** Of a run without evaluation. */
    public LaunchSpec(
            int rank,
            int localRank,
            int gpu,
            int worldSize,
            String host,
            String device,
            int numThreads,
            int timeoutSeconds,
            String datasetDir,
            int datasetVersion,
            String outputDir,
            TrainingOptions options,
            String recipeJson) {
        this(
                rank,
                localRank,
                gpu,
                worldSize,
                host,
                device,
                numThreads,
                timeoutSeconds,
                datasetDir,
                datasetVersion,
                null,
                outputDir,
                options,
                recipeJson);
    }

    /** The same rank of a run that is evaluated. */
    public LaunchSpec with(HeldOutData newHeldOut) {
        return new LaunchSpec(
                rank,
                localRank,
                gpu,
                worldSize,
                host,
                device,
                numThreads,
                timeoutSeconds,
                datasetDir,
                datasetVersion,
                newHeldOut,
                outputDir,
                options,
                recipeJson);
    }
}
