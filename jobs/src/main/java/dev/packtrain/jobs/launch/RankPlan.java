package dev.packtrain.jobs.launch;

import dev.packtrain.training.launch.TrainerEvent;
import dev.packtrain.training.mesh.DeviceMesh;
import java.io.Serializable;
import java.util.Map;

/**
 * What every rank's task is told; travels from the driver to the executors.
 *
 * @param mesh the ranks as a grid
 * @param device {@code "cpu"} or {@code "cuda"}
 * @param paths where the ranks read and write
 * @param optionsJson {@link dev.packtrain.training.options.TrainingOptions} as JSON
 * @param recipeJson the resolved recipe, written beside the result
 * @param child how the child process is started
 * @param deadlines how long the supervision waits
 */
public record RankPlan(
        Mesh mesh, String device, Paths paths, String optionsJson, String recipeJson, Child child, Deadlines deadlines)
        implements Serializable {
    /**
     * {@link DeviceMesh}, for the journey.
     *
     * @param data replicas
     * @param shard ranks that share a replica's state
     * @param tensor ranks that share layers
     * @param acrossHosts whether these may be on different hosts
     */
    public record Mesh(int data, int shard, int tensor, boolean acrossHosts) implements Serializable {
        /** Of a grid. */
        public static Mesh of(DeviceMesh mesh, boolean acrossHosts) {
            return new Mesh(mesh.data(), mesh.shard(), mesh.tensor(), acrossHosts);
        }

        /** The grid. */
        DeviceMesh grid() {
            return new DeviceMesh(data, shard, tensor);
        }
    }

    /** Number of ranks. */
    int worldSize() {
        return mesh.grid().worldSize();
    }

    /** The same plan with other options, for a run that starts again. */
    RankPlan withOptions(String newOptionsJson) {
        return new RankPlan(mesh, device, paths, newOptionsJson, recipeJson, child, deadlines);
    }

    /**
     * Where the ranks read and write.
     *
     * @param datasetDir prepared data; a local path, or any path Hadoop reads, which is then copied to the rank's host
     * @param datasetVersion the version of it that is trained on
     * @param heldOut what the run is evaluated on; null without evaluation
     * @param outputDir a path on a file system that every rank mounts
     * @param hadoopConf the driver's Hadoop settings, to read {@code datasetDir} with
     */
    public record Paths(
            String datasetDir, int datasetVersion, HeldOut heldOut, String outputDir, Map<String, String> hadoopConf)
            implements Serializable {}

    /**
     * Data that a run is evaluated on.
     *
     * @param dir prepared data; a local path, or any path Hadoop reads
     * @param version of it
     * @param hadoopConf as in {@link Paths}
     */
    public record HeldOut(String dir, int version, Map<String, String> hadoopConf) implements Serializable {}

    /**
     * How the child process is started.
     *
     * @param mainClass its main class
     * @param heap its {@code -Xmx}, such as {@code 1g}; libtorch's memory is outside it
     * @param numThreads libtorch's threads; 0: the host's share of cores
     * @param allocator see {@link AllocatorLibrary#find(String)}
     * @param memoryBytes that it will need at most on its device, for a warning; 0 if that is not known
     */
    public record Child(String mainClass, String heap, int numThreads, String allocator, long memoryBytes)
            implements Serializable {
        /** That needs an unknown amount of memory. */
        public Child(String mainClass, String heap, int numThreads, String allocator) {
            this(mainClass, heap, numThreads, allocator, 0);
        }

        /** With the allocator that is found. */
        public Child(String mainClass, String heap, int numThreads) {
            this(mainClass, heap, numThreads, AllocatorLibrary.AUTO);
        }
    }

    /**
     * How long the supervision waits.
     *
     * @param timeoutSeconds {@code ddp_timeout}: rendezvous and collectives
     * @param silenceSeconds without any event of its work from the child, after which it is killed
     * @param aliveSeconds without any sign of life from a child that has given one, after which it is killed
     * @param peerSeconds that a rank which blames another one waits before it reports, so that the other's own report is first
     * @param killSeconds between asking the child to end and ending it
     */
    public record Deadlines(int timeoutSeconds, int silenceSeconds, int aliveSeconds, int peerSeconds, int killSeconds)
            implements Serializable {
        /** A process that is not stopped gives a sign every other second, even when its host swaps. */
        private static final int MOST_ALIVE_SECONDS = 30;

        private static final int LEAST_ALIVE_SECONDS = 4 * TrainerEvent.ALIVE_SECONDS;

        /** The deadlines that follow from {@code ddp_timeout}. */
        public static Deadlines of(int timeoutSeconds) {
            return new Deadlines(
                    timeoutSeconds,
                    timeoutSeconds + 60,
                    Math.max(LEAST_ALIVE_SECONDS, Math.min(MOST_ALIVE_SECONDS, timeoutSeconds)),
                    5,
                    5);
        }
    }
}
