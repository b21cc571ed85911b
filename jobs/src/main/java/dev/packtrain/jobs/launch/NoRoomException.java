package dev.packtrain.jobs.launch;

import dev.packtrain.packing.BadInputException;
import org.apache.spark.SparkContext;

/** The cluster cannot run as many tasks at once as there are ranks, and executors were waited for. */
final class NoRoomException extends Exception {
    NoRoomException(SparkContext spark, StageResources resources, int wanted, int slots) {
        super(
                "training wants %d tasks at the same time, one a process, but the cluster at %s has room for %d%s; lower --num_processes, or raise %s"
                        .formatted(wanted, spark.master(), slots, Slots.waited(spark), resources.room(spark)));
    }

    /** As what it is where nothing has run yet: more was asked for than there is. */
    BadInputException asBadInput() {
        return new BadInputException(getMessage(), this);
    }
}
