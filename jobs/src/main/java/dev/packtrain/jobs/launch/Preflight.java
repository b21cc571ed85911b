package dev.packtrain.jobs.launch;

import dev.packtrain.packing.BadInputException;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

/** What a barrier stage needs of the cluster, checked before it starts, because Spark says it late or never. */
final class Preflight {
    private static final String SYNC_TIMEOUT = "spark.barrier.sync.timeout";

    private Preflight() {}

    /**
     * Checks the settings and the slots.
     *
     * @throws BadInputException with the setting to change
     * @throws NoRoomException if the slots do not come in time
     */
    static void check(SparkContext spark, StageResources resources, int numProcesses, int timeoutSeconds)
            throws NoRoomException {
        checkConf(spark.conf());
        limitSync(spark.conf(), timeoutSeconds);
        int slots = Slots.await(spark, resources, numProcesses);
        if (slots < numProcesses) {
            throw new NoRoomException(spark, resources, numProcesses, slots);
        }
    }

    static void checkConf(SparkConf conf) {
        if (conf.getBoolean("spark.dynamicAllocation.enabled", false)) {
            throw new BadInputException(
                    "spark.dynamicAllocation.enabled is true, and Spark runs no barrier stage with it;"
                            + " submit with --conf spark.dynamicAllocation.enabled=false and a fixed number of executors");
        }
        if (conf.getBoolean("spark.speculation", false)) {
            throw new BadInputException(
                    "spark.speculation is true, which would start a training process twice; submit with"
                            + " --conf spark.speculation=false");
        }
    }

    /**
     * Spark's default is 365 days. The scheduler reads this setting when the first barrier stage starts, so it can be set
     * on the live context; a value that a person set is left alone.
     */
    private static void limitSync(SparkConf conf, int timeoutSeconds) {
        conf.setIfMissing(SYNC_TIMEOUT, timeoutSeconds + "s");
    }
}
