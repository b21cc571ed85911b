package dev.packtrain.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.junit.jupiter.api.Test;

/** Each thing that a barrier stage cannot live with is one sentence with its remedy. */
class PreflightTest {
    @Test
    void refusesDynamicAllocation() {
        assertThatThrownBy(() -> Preflight.checkConf(conf().set("spark.dynamicAllocation.enabled", "true")))
                .isInstanceOf(BadInputException.class)
                .hasMessage("spark.dynamicAllocation.enabled is true, and Spark runs no barrier stage with it;"
                        + " submit with --conf spark.dynamicAllocation.enabled=false and a fixed number of executors");
    }

    @Test
    void refusesSpeculation() {
        assertThatThrownBy(() -> Preflight.checkConf(conf().set("spark.speculation", "true")))
                .isInstanceOf(BadInputException.class)
                .hasMessage("spark.speculation is true, which would start a training process twice;"
                        + " submit with --conf spark.speculation=false");
    }

    @Test
    void namesTheSlotsThatAreMissingAndLimitsTheBarriersWait() throws Exception {
        try (SparkContextHolder spark = new SparkContextHolder(conf())) {
            assertThatThrownBy(() -> Preflight.check(spark.context, StageResources.DEFAULT, 3, 77))
                    .isInstanceOf(NoRoomException.class)
                    .hasMessage(
                            "training wants 3 tasks at the same time, one a process, but the cluster at local[2] has"
                                    + " room for 2; lower --num_processes, or raise n in --master local[n]");
            Preflight.check(spark.context, StageResources.DEFAULT, 2, 88);
            assertThat(spark.context.conf().get("spark.barrier.sync.timeout")).isEqualTo("77s");
        }
    }

    @Test
    void leavesABarrierTimeoutAloneThatAPersonSet() throws Exception {
        try (SparkContextHolder spark = new SparkContextHolder(conf().set("spark.barrier.sync.timeout", "5s"))) {
            Preflight.check(spark.context, StageResources.DEFAULT, 2, 77);
            assertThat(spark.context.conf().get("spark.barrier.sync.timeout")).isEqualTo("5s");
        }
    }

    private static SparkConf conf() {
        return new SparkConf(false)
                .setMaster("local[2]")
                .setAppName("preflight")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.driver.host", "127.0.0.1");
    }

    private record SparkContextHolder(SparkContext context) implements AutoCloseable {
        SparkContextHolder(SparkConf conf) {
            this(new SparkContext(conf));
        }

        @Override
        public void close() {
            context.stop();
        }
    }
}
