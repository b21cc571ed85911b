package dev.packtrain.pipeline.source;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction2;
import scala.runtime.BoxedUnit;

/**
 * A Spark job that gives one result a partition, each handed over as soon as it is there and then forgotten, so that
 * the driver need not hold them all. Spark hands over one result a partition, however many attempts it took.
 */
public final class PartitionJob {
    private PartitionJob() {}

    /** What a task makes of its partition. */
    @FunctionalInterface
    public interface Task<T, R> extends Serializable {
        /** Runs on an executor. */
        R run(Iterator<T> partition) throws Exception;
    }

    /**
     * Runs the job and waits for its end. If the calling thread is interrupted, as a notebook does with a cell, the job is
     * cancelled.
     *
     * @param results called with the number of a partition and its result, one call at a time, in any order
     */
    public static <T, R> void run(RDD<T> rdd, Task<T, R> task, BiConsumer<Integer, R> results) {
        List<Object> partitions = IntStream.range(0, rdd.getNumPartitions())
                .<Object>mapToObj(i -> i)
                .toList();
        SparkContext spark = rdd.context();
        String tag = "packtrain." + UUID.randomUUID();
        spark.addJobTag(tag);
        try {
            spark.runJob(
                    rdd,
                    new OnExecutor<>(task),
                    CollectionConverters.asScala(partitions).toSeq(),
                    new OnDriver<>(results),
                    ClassTag$.MODULE$.<R>apply(Object.class));
        } catch (Exception failed) {
            // runJob throws it without declaring it, and lets the job go on.
            if (failed instanceof InterruptedException) {
                spark.cancelJobsWithTag(tag);
            }
            throw failed;
        } finally {
            spark.removeJobTag(tag);
        }
    }

    private static final class OnExecutor<T, R> extends AbstractFunction2<TaskContext, scala.collection.Iterator<T>, R>
            implements Serializable {
        private final Task<T, R> task;

        OnExecutor(Task<T, R> task) {
            this.task = task;
        }

        @Override
        public R apply(TaskContext context, scala.collection.Iterator<T> partition) {
            try {
                return task.run(CollectionConverters.asJava(partition));
            } catch (RuntimeException failure) {
                throw failure;
            } catch (Exception failure) {
                throw new TaskFailedException(failure);
            }
        }
    }

    private static final class OnDriver<R> extends AbstractFunction2<Object, R, BoxedUnit> {
        private final BiConsumer<Integer, R> results;

        OnDriver(BiConsumer<Integer, R> results) {
            this.results = results;
        }

        @Override
        public BoxedUnit apply(Object partition, R result) {
            results.accept((Integer) partition, result);
            return BoxedUnit.UNIT;
        }
    }

    /** A checked exception of a task, which Spark's function types do not let pass. */
    static final class TaskFailedException extends RuntimeException {
        TaskFailedException(Exception cause) {
            super(cause);
        }
    }
}
