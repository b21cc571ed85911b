package dev.packtrain.jobs.launch;

import java.io.Serializable;
import java.util.Map;

/**
 * What every rank's task is told; travels from the driver to the executors.
 *
 * @param worldSize number of ranks
 * @param device {@code "cpu"} or {@code "cuda"}
 * @param paths where the ranks read and write
 * @param optionsJson {@link dev.packtrain.training.options.TrainingOptions} as JSON
 * @param recipeJson the resolved recipe, written beside the result
 * @param child how the child process is started
 * @param deadlines how long the supervision waits
 */
public record RankPlan(
        int worldSize,
        String device,
        Paths paths,
        String optionsJson,
        String recipeJson,
        Child child,
        Deadlines deadlines)
        implements Serializable {
    /**
     * Where the ranks read and write.
     *
     * @param datasetDir prepared data; a local path, or any path Hadoop reads, which is then copied to the rank's host
     * @param datasetVersion the version of it that is trained on
     * @param outputDir a path on a file system that every rank mounts
     * @param hadoopConf the driver's Hadoop settings, to read {@code datasetDir} with
     */
    public record Paths(String datasetDir, int datasetVersion, String outputDir, Map<String, String> hadoopConf)
            implements Serializable {}

    /**
     * How the child process is started.
     *
     * @param mainClass its main class
     * @param heap its {@code -Xmx}, such as {@code 1g}; libtorch's memory is outside it
     * @param numThreads libtorch's threads; 0: the host's share of cores
     */
    public record Child(String mainClass, String heap, int numThreads) implements Serializable {}

    /**
     * How long the supervision waits.
     *
     * @param timeoutSeconds {@code ddp_timeout}: rendezvous and collectives
     * @param silenceSeconds without any event from the child, after which it is killed
     * @param peerSeconds that a rank which blames another one waits before it reports, so that the other's own report is first
     * @param killSeconds between asking the child to end and ending it
     */
    public record Deadlines(int timeoutSeconds, int silenceSeconds, int peerSeconds, int killSeconds)
            implements Serializable {
        /** The deadlines that follow from {@code ddp_timeout}. */
        public static Deadlines of(int timeoutSeconds) {
            return new Deadlines(timeoutSeconds, timeoutSeconds + 60, 5, 5);
        }
    }
}
