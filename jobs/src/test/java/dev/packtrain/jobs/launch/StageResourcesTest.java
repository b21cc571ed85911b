package dev.packtrain.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class StageResourcesTest {
    private static final String MASTER = "spark://h:7077";

    private static SparkConf gpus() {
        return new SparkConf(false).set("spark.executor.resource.gpu.amount", "4");
    }

    @Test
    void nothingChangesUnlessItIsAskedFor() {
        SparkConf plain = new SparkConf(false);
        assertThat(StageResources.of(MASTER, plain, 0, -1, "cpu")).isEqualTo(StageResources.DEFAULT);
        assertThat(StageResources.of(MASTER, plain, 0, -1, "cuda")).isEqualTo(StageResources.DEFAULT);
        assertThat(StageResources.of("local[4]", plain, 0, -1, "cuda")).isEqualTo(StageResources.DEFAULT);
        assertThat(StageResources.of(MASTER, gpus(), 0, -1, "cpu")).isEqualTo(StageResources.DEFAULT);
    }

    @Test
    void ranksOnGpusGetOneEachWhereOtherTasksGetNone() {
        assertThat(StageResources.of(MASTER, gpus(), 0, -1, "cuda")).isEqualTo(new StageResources(0, 1));
        SparkConf everyTask = gpus().set("spark.task.resource.gpu.amount", "1");
        assertThat(StageResources.of(MASTER, everyTask, 0, -1, "cuda")).isEqualTo(StageResources.DEFAULT);
    }

    @Test
    void whatOtherTasksGetOfOtherResourcesIsKept() {
        SparkConf conf = gpus().set("spark.task.cpus", "2")
                .set("spark.task.resource.gpu.amount", "0.25")
                .set("spark.task.resource.fpga.amount", "1");

        assertThat(StageResources.of("yarn", conf, 0, 1, "cpu").requests(conf).requestsJMap())
                .hasSize(3)
                .hasEntrySatisfying("cpus", cpus -> assertThat(cpus.amount()).isEqualTo(2))
                .hasEntrySatisfying("gpu", gpu -> assertThat(gpu.amount()).isEqualTo(1))
                .hasEntrySatisfying("fpga", fpga -> assertThat(fpga.amount()).isEqualTo(1));
        assertThat(StageResources.of("k8s://h", conf, 8, -1, "cpu")
                        .requests(conf)
                        .requestsJMap())
                .hasEntrySatisfying("cpus", cpus -> assertThat(cpus.amount()).isEqualTo(8))
                .hasEntrySatisfying("gpu", gpu -> assertThat(gpu.amount()).isEqualTo(0.25));
        assertThat(StageResources.of("k8s://h", conf, 8, 0, "cpu")
                        .requests(conf)
                        .requestsJMap())
                .doesNotContainKey("gpu");
    }

    @Test
    void whatSparkCannotDoIsOneSentence() {
        assertThatThrownBy(() -> StageResources.of("local[4]", new SparkConf(false), 2, -1, "cpu"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(
                        "on standalone, YARN and Kubernetes only, not on local[4]; leave --cpus_per_process");
        assertThatThrownBy(() ->
                        StageResources.of(MASTER, new SparkConf(false).set("spark.executor.cores", "4"), 8, -1, "cpu"))
                .isInstanceOf(BadInputException.class)
                .hasMessage(
                        "--cpus_per_process is 8, but an executor has 4 cores (spark.executor.cores); wanted at most that");
        assertThatThrownBy(() -> StageResources.of(MASTER, new SparkConf(false), 0, 1, "cpu"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("the executors have no GPUs; set spark.executor.resource.gpu.amount");
    }
}
