package dev.packtrain.jobs.doctor;

import dev.packtrain.jobs.launch.Slots;
import org.apache.spark.SparkContext;

/** Tasks that can run at once against ranks. */
final class SlotsCheck implements Check {
    private final SparkContext spark;
    private final int numProcesses;

    SlotsCheck(SparkContext spark, int numProcesses) {
        this.spark = spark;
        this.numProcesses = numProcesses;
    }

    @Override
    public String what() {
        return "slots";
    }

    @Override
    public Finding run() {
        int slots = Slots.await(spark, numProcesses);
        String found = "%d tasks at once on %d executors, for %d ranks"
                .formatted(slots, Slots.numExecutors(spark), numProcesses);
        if (slots >= numProcesses) {
            return Finding.ok(found);
        }
        String change = spark.isLocal()
                ? "--master local[%d]".formatted(numProcesses)
                : "spark.cores.max %d, or spark.executor.instances, or --num_processes %d"
                        .formatted(numProcesses, Math.max(1, slots));
        return Finding.fail(found, change);
    }
}
