package dev.packtrain.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class CpuShareTest {
    private static final int CORES = Runtime.getRuntime().availableProcessors();

    private final Map<String, String> environment = new HashMap<>();

    @Test
    void threadsWithACoreEachWaitAWhileForWork() {
        new CpuShare(CORES, 1).tell(environment);

        assertThat(environment)
                .containsEntry("OMP_NUM_THREADS", Integer.toString(CORES))
                .containsEntry("OMP_WAIT_POLICY", "passive")
                .hasEntrySatisfying("GOMP_SPINCOUNT", count -> assertThat(Integer.parseInt(count))
                        .isPositive());
    }

    @Test
    void moreThreadsThanCoresSleepAtOnce() {
        new CpuShare(CORES, 2).tell(environment);

        assertThat(environment).containsEntry("OMP_WAIT_POLICY", "passive").doesNotContainKey("GOMP_SPINCOUNT");
    }

    @Test
    void whatTheExecutorSaysHolds() {
        environment.put("GOMP_SPINCOUNT", "7");

        CpuShare.alone(1).tell(environment);

        assertThat(environment).containsEntry("GOMP_SPINCOUNT", "7");
    }

    @Test
    void threadsThatWereAskedFor() {
        assertThat(CpuShare.of(new SparkConf(false), 3, 2, 1, 1)).isEqualTo(new CpuShare(3, 2));
    }

    @Test
    void coresOfAnExecutorAreDividedAmongItsRanks() {
        SparkConf conf = new SparkConf(false).set("spark.executor.cores", "8");

        assertThat(CpuShare.of(conf, 0, 4, 2, 1)).isEqualTo(new CpuShare(4, 4));
        assertThat(CpuShare.of(conf, 0, 16, 16, 1)).isEqualTo(new CpuShare(1, 16));
        assertThat(CpuShare.of(conf, 0, 2, 2, 6)).isEqualTo(new CpuShare(6, 2));
    }

    @Test
    void coresOfTheHostAreDividedAmongItsRanks() {
        assertThat(CpuShare.of(new SparkConf(false), 0, 1, 1, 1)).isEqualTo(new CpuShare(CORES, 1));
        assertThat(CpuShare.of(new SparkConf(false), 0, CORES, 1, 1)).isEqualTo(new CpuShare(1, CORES));
    }
}
