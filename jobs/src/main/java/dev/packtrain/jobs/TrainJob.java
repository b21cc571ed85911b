package dev.packtrain.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.jobs.launch.BarrierTraining;
import dev.packtrain.jobs.launch.RankPlan;
import dev.packtrain.jobs.launch.Restarts;
import dev.packtrain.jobs.launch.Slots;
import dev.packtrain.jobs.launch.StageResources;
import dev.packtrain.jobs.launch.TrainingListener;
import dev.packtrain.jobs.plan.RankMemory;
import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.ParallelRecipe;
import dev.packtrain.jobs.recipe.Recipe;
import dev.packtrain.jobs.recipe.Settings;
import dev.packtrain.jobs.recipe.TrainingRecipe;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.Manifest;
import dev.packtrain.training.RunConfig;
import dev.packtrain.training.checkpoint.OutputDirectory;
import dev.packtrain.training.launch.TrainerEvent;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.TrainingOptions;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Trains a model on prepared data: one process a rank, in one barrier stage. */
public final class TrainJob {
    private static final String TRAINER_MAIN = "dev.packtrain.training.TrainerMain";
    private static final String VERSION = "dataset_version";
    private static final String PROCESSES = "--num_processes";
    /** For a config that takes it from a tokenizer which nobody has read yet. */
    private static final int ANY_VOCABULARY = 1 << 20;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Logger LOG = LoggerFactory.getLogger(TrainJob.class);

    private TrainJob() {}

    /** {@code spark-submit --class dev.packtrain.jobs.TrainJob jobs.jar --dataset_name_or_path D --output_dir M …} */
    public static void main(String[] args) {
        Packtrain.submit("train", args);
    }

    /**
     * Trains quietly.
     *
     * @param numProcesses ranks; 0: one in local mode, one an executor on a cluster
     * @throws BadInputException for a mistake in the recipe, the data, the model or the cluster's settings
     * @throws dev.packtrain.jobs.launch.TrainingFailedException if a rank fails or is lost
     */
    public static TrainResult run(SparkSession spark, Recipe recipe, int numProcesses) throws IOException {
        return run(spark, recipe.resolve(Command.TRAIN), TrainLaunch.of(numProcesses), (rank, event) -> {});
    }

    /** Trains, and tells a listener what happens. */
    public static TrainResult run(SparkSession spark, Settings settings, TrainLaunch launch, TrainingListener listener)
            throws IOException {
        return run(spark, settings, TrainPaths.of(settings), launch, listener);
    }

    static TrainResult run(
            SparkSession spark, Settings settings, TrainPaths paths, TrainLaunch launch, TrainingListener listener)
            throws IOException {
        SparkContext context = spark.sparkContext();
        // First: dynamic allocation starts no executor that could be waited for.
        BarrierTraining.checkSettings(context);
        DataLocation data = DataLocation.of("dataset_name_or_path", paths.dataset(), context.hadoopConfiguration());
        Path outputDir = DataLocation.localOutput(paths.outputDir());
        checkOutput(outputDir, TrainingRecipe.options(settings));
        Manifest manifest = settings.has(VERSION) ? data.manifest(settings.count(VERSION)) : data.manifest();
        // What is appended meanwhile, or before the run is resumed, is not part of it.
        Settings resolved = settings.with(VERSION, (long) manifest.datasetVersion());
        TrainingOptions options = InitialPrompt.tokenised(TrainingRecipe.options(resolved));
        OptionalInt vocabSize = OptionalInt.of(manifest.tokenizer().vocabSize());
        DeviceMesh mesh = MeshCheck.mesh(
                numProcesses(launch, context), options.parallel(), options.model(), vocabSize, PROCESSES);
        RankPlan plan = new RankPlan(
                RankPlan.Mesh.of(mesh, ParallelRecipe.acrossHosts(settings)),
                settings.text("device"),
                new RankPlan.Paths(
                        data.path(),
                        manifest.datasetVersion(),
                        heldOut(paths, context).orElse(null),
                        outputDir.toString(),
                        data.hadoopEntries()),
                json(options),
                resolved.toJson(),
                new RankPlan.Child(
                        TRAINER_MAIN,
                        launch.heap(),
                        launch.numThreads(),
                        launch.allocator(),
                        neededBytes(resolved, options, mesh, manifest)),
                RankPlan.Deadlines.of(settings.count("ddp_timeout")));
        TrainerEvent.Finished finished = new Restarts(
                        context, resources(context, settings, launch), listener, settings.count("max_restarts"))
                .train(plan);
        return new TrainResult(
                outputDir,
                finished.steps(),
                finished.summary() == null ? Map.of() : finished.summary(),
                MetricsFile.read(outputDir.resolve("metrics.jsonl")),
                manifest.targetUnigramLoss());
    }

    /** What a rank will need on its device at most; 0 if that cannot be said here, which is no reason not to train. */
    private static long neededBytes(Settings settings, TrainingOptions options, DeviceMesh mesh, Manifest manifest) {
        try {
            RankMemory memory = PlanJob.memory(
                    settings,
                    options,
                    mesh,
                    manifest.maxLength(),
                    manifest.tokenizer().vocabSize());
            boolean together = settings.text("device").equals("cpu")
                    && options.parallel().offload() == ParallelOptions.Offload.HOST;
            return memory.total() + (together ? memory.offloaded() : 0);
        } catch (BadInputException | IOException unknown) {
            // The ranks read the model too, on their hosts, and say what is wrong with it.
            LOG.info("the memory of a rank is not known beforehand", unknown);
            return 0;
        }
    }

    /** The current version of the data to evaluate on; it changes nothing of what a resumed run trains. */
    private static Optional<RankPlan.HeldOut> heldOut(TrainPaths paths, SparkContext context) throws IOException {
        if (paths.heldOut().isEmpty()) {
            return Optional.empty();
        }
        DataLocation data =
                DataLocation.of("eval_dataset_name_or_path", paths.heldOut().get(), context.hadoopConfiguration());
        return Optional.of(new RankPlan.HeldOut(data.path(), data.manifest().datasetVersion(), data.hadoopEntries()));
    }

    /**
     * Looks whether training could begin, for a job with work to do before it: {@link #run} finds out the same.
     *
     * @param outputDir of the training
     * @throws BadInputException with the setting or the key to change
     */
    static void check(SparkContext spark, Settings settings, Path outputDir, TrainLaunch launch) throws IOException {
        TrainingOptions options = TrainingRecipe.options(settings);
        checkOutput(outputDir, options);
        RunConfig.of(options.model(), OptionalInt.of(ANY_VOCABULARY));
        BarrierTraining.checkSettings(spark);
        resources(spark, settings, launch);
        if (!options.parallel().equals(ParallelOptions.NONE)) {
            MeshCheck.mesh(
                    numProcesses(launch, spark), options.parallel(), options.model(), OptionalInt.empty(), PROCESSES);
        }
    }

    /** Before anything is started or written: rank 0 claims the directory only when all ranks are there. */
    private static void checkOutput(Path outputDir, TrainingOptions options) throws IOException {
        requireOther(outputDir, "model_name_or_path", options.model().modelDir());
        requireOther(outputDir, "lora_path", options.model().peft().adapterDir());
        try {
            OutputDirectory.check(outputDir, options.saving());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted").initCause(interrupted);
        }
    }

    /** The directory is cleared before the model is read. */
    private static void requireOther(Path outputDir, String key, String input) throws IOException {
        if (input != null
                && Files.exists(outputDir)
                && Files.exists(Path.of(input))
                && Files.isSameFile(outputDir, Path.of(input))) {
            throw new BadInputException(
                    "output_dir %s is %s too, and a run never replaces the weights that it begins with; give another output_dir"
                            .formatted(outputDir, key));
        }
    }

    private static StageResources resources(SparkContext spark, Settings settings, TrainLaunch launch) {
        return StageResources.of(spark, launch.cpusPerProcess(), launch.gpusPerProcess(), settings.text("device"));
    }

    private static int numProcesses(TrainLaunch launch, SparkContext context) {
        if (launch.numProcesses() > 0) {
            return launch.numProcesses();
        }
        return Slots.awaitExecutors(context);
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
