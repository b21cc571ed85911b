package dev.packtrain.jobs.launch;

import dev.packtrain.packing.BadInputException;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.resource.ResourceProfileBuilder;
import org.apache.spark.resource.TaskResourceRequests;
import scala.Tuple2;

/**
 * What Spark sets aside for a rank's task, where that is not what it sets aside for the application's other tasks: so that
 * preparing takes one core a task and no GPU, and training all cores of an executor and a GPU each, in one application. The
 * executors stay the same ones.
 *
 * @param cpus cores of a rank; 0: {@code spark.task.cpus}
 * @param gpus of a rank; −1: {@code spark.task.resource.gpu.amount}
 */
public record StageResources(int cpus, int gpus) {
    /** What every task of the application gets. */
    public static final StageResources DEFAULT = new StageResources(0, -1);

    private static final String TASK_CPUS = "spark.task.cpus";
    private static final String EXECUTOR_CORES = "spark.executor.cores";
    private static final String TASK_GPUS = "spark.task.resource.gpu.amount";
    private static final String EXECUTOR_GPUS = "spark.executor.resource.gpu.amount";
    private static final Pattern TASK_RESOURCE = Pattern.compile("spark\\.task\\.resource\\.([^.]+)\\.amount");

    /**
     * What a training asks for.
     *
     * @param cpus that a person asked for; 0: none said
     * @param gpus that a person asked for; −1: none said, so one if the executors have GPUs, the ranks compute on them
     *     and the application's other tasks get none
     * @param device of the recipe
     * @throws BadInputException if this Spark cannot do that
     */
    public static StageResources of(SparkContext spark, int cpus, int gpus, String device) {
        return of(spark.master(), spark.conf(), cpus, gpus, device);
    }

    static StageResources of(String master, SparkConf conf, int cpus, int gpus, String device) {
        boolean executorsHaveGpus = conf.contains(EXECUTOR_GPUS);
        boolean gpuEach = gpus < 0 && device.equals("cuda") && executorsHaveGpus && !conf.contains(TASK_GPUS);
        StageResources wanted = new StageResources(cpus, gpuEach ? 1 : gpus);
        if (wanted.equals(DEFAULT)) {
            return DEFAULT;
        }
        if (!knowsStageResources(master)) {
            throw new BadInputException(
                    "the training stage is to have resources of its own, but Spark can do that on standalone, YARN and Kubernetes only, not on %s; leave --cpus_per_process and --gpus_per_process out, and set spark.task.cpus and spark.task.resource.gpu.amount instead"
                            .formatted(master));
        }
        if (cpus > 0 && conf.contains(EXECUTOR_CORES) && cpus > conf.getInt(EXECUTOR_CORES, 1)) {
            throw new BadInputException(
                    "--cpus_per_process is %d, but an executor has %s cores (spark.executor.cores); wanted at most that"
                            .formatted(cpus, conf.get(EXECUTOR_CORES)));
        }
        if (wanted.gpus > 0 && !executorsHaveGpus) {
            throw new BadInputException(
                    "--gpus_per_process is %d, but the executors have no GPUs; set spark.executor.resource.gpu.amount and its discoveryScript"
                            .formatted(wanted.gpus));
        }
        return wanted;
    }

    private static boolean knowsStageResources(String master) {
        return master.startsWith("spark://") || master.startsWith("yarn") || master.startsWith("k8s://");
    }

    /** The profile of a rank's task, which the context knows after this. */
    ResourceProfile profile(SparkContext spark) {
        if (equals(DEFAULT)) {
            return spark.resourceProfileManager().defaultResourceProfile();
        }
        ResourceProfile profile =
                new ResourceProfileBuilder().require(requests(spark.conf())).build();
        // An equal one keeps its number, by which Spark finds it.
        scala.Option<ResourceProfile> known = spark.resourceProfileManager().getEquivalentProfile(profile);
        if (known.isDefined()) {
            return known.get();
        }
        spark.resourceProfileManager().addResourceProfile(profile);
        return profile;
    }

    /** A profile inherits nothing: what other tasks get of other resources is asked for again. */
    TaskResourceRequests requests(SparkConf conf) {
        TaskResourceRequests requests = new TaskResourceRequests().cpus(cpus > 0 ? cpus : conf.getInt(TASK_CPUS, 1));
        for (Tuple2<String, String> entry : conf.getAll()) {
            var resource = TASK_RESOURCE.matcher(entry._1());
            if (resource.matches() && !(resource.group(1).equals("gpu") && gpus >= 0)) {
                requests.resource(resource.group(1), Double.parseDouble(entry._2()));
            }
        }
        if (gpus > 0) {
            requests.resource("gpu", gpus);
        }
        return requests;
    }

    /** The same data, to be worked on with these resources. */
    <T> RDD<T> of(RDD<T> rdd) {
        return equals(DEFAULT) ? rdd : rdd.withResources(profile(rdd.sparkContext()));
    }

    /** What to change when there is not room enough, for a sentence. */
    String room(SparkContext spark) {
        if (spark.isLocal()) {
            return "n in --master local[n]";
        }
        String lower = cpus > 0 ? "--cpus_per_process" : TASK_CPUS;
        boolean takesGpus = gpus > 0 || (gpus < 0 && spark.conf().contains(TASK_GPUS));
        return "spark.cores.max%s or spark.executor.instances, or lower %s"
                .formatted(takesGpus ? ", " + EXECUTOR_GPUS : "", lower);
    }
}
