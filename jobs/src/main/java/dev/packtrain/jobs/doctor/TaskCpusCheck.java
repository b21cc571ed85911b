package dev.packtrain.jobs.doctor;

import org.apache.spark.SparkConf;

/** Cores that Spark sets aside for a task, and so for a rank. */
final class TaskCpusCheck implements Check {
    private static final String TASK = "spark.task.cpus";
    private static final String EXECUTOR = "spark.executor.cores";

    private final SparkConf conf;

    TaskCpusCheck(SparkConf conf) {
        this.conf = conf;
    }

    @Override
    public String what() {
        return TASK;
    }

    @Override
    public Finding run() {
        int taskCpus = conf.getInt(TASK, 1);
        int executorCores = conf.getInt(EXECUTOR, Integer.MAX_VALUE);
        return taskCpus <= executorCores
                ? Finding.ok(
                        "%d; a rank's threads are its share of its host's cores unless --num_threads says otherwise"
                                .formatted(taskCpus))
                : Finding.fail(
                        "%d, but an executor has %d cores, so that no task can run".formatted(taskCpus, executorCores),
                        TASK + " " + executorCores);
    }
}
