package dev.packtrain.pipeline.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.pipeline.LocalSpark;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

class PartitionJobTest {
    private static final int NUM_PARTITIONS = 1000;
    private static final int TASK_MILLIS = 50;

    @Test
    void anInterruptedCallerLeavesNoJobBehind() throws Exception {
        try (SparkSession session = LocalSpark.start("local[1]");
                JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext())) {
            Thread caller = Thread.currentThread();
            var rows = spark.parallelize(Collections.nCopies(NUM_PARTITIONS, 1), NUM_PARTITIONS);

            assertThatThrownBy(() -> PartitionJob.run(
                            rows.rdd(),
                            partition -> {
                                Thread.sleep(TASK_MILLIS);
                                return 1;
                            },
                            (partition, result) -> {
                                if (partition == 0) {
                                    caller.interrupt();
                                }
                            }))
                    .isInstanceOf(InterruptedException.class);

            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
            while (spark.statusTracker().getActiveJobIds().length > 0 && System.nanoTime() < deadline) {
                Thread.sleep(TASK_MILLIS);
            }
            assertThat(spark.statusTracker().getActiveJobIds()).isEmpty();
        }
    }
}
