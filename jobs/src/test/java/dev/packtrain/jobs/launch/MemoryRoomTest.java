package dev.packtrain.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.kernels.GpuCapabilities;
import dev.packtrain.kernels.GpuCapabilities.Gpu;
import java.util.List;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryRoomTest {
    private static final long GIB = 1L << 30;

    private final SparkConf conf = new SparkConf(false);

    private MemoryRoom onHost(String master) {
        return MemoryRoom.onHost(conf.set("spark.master", master), 24 * GIB, "node1", 4, 2);
    }

    @Test
    void ranksOfAHostShareIt() {
        MemoryRoom room = onHost("spark://m:7077");
        assertThat(room.bytes()).isEqualTo(6 * GIB);
        assertThat(room.warning(6 * GIB)).isEmpty();
        assertThat(room.warning(0)).isEmpty();
        assertThat(room.warning(9 * GIB).orElseThrow())
                .startsWith(
                        "Memory will run out: a rank of this training needs 9.0 GiB, and host node1 or its container has 6.0 GiB for each of its 4 ranks; need less with recompute");
    }

    @Test
    void aRankMayHaveAHostForItself() {
        MemoryRoom room = MemoryRoom.onHost(conf, 24 * GIB, "node1", 1, 1);
        assertThat(room.warning(30 * GIB).orElseThrow())
                .contains("needs 30.0 GiB, and host node1 or its container has 24.0 GiB for it; need");
    }

    /** Spark's own defaults: a tenth of the heap, 384 MiB at least. */
    @ParameterizedTest
    @CsvSource({
        "yarn, spark.executor.memory, 1g, 192",
        "yarn, spark.executor.memory, 10g, 512",
        "k8s://https://h:1, spark.executor.memoryOverhead, 6g, 3072",
        "yarn, spark.executor.memoryOverhead, 2048, 1024",
        "yarn, spark.executor.memoryOverheadFactor, 0.5, 256",
        "k8s://https://h:1, spark.kubernetes.memoryOverheadFactor, 0.8, 409",
        "yarn, spark.executor.minMemoryOverhead, 1g, 512"
    })
    void yarnAndKubernetesHoldExecutorsToTheirOverhead(String master, String key, String value, long mebibytes) {
        conf.set(key, value);
        MemoryRoom room = onHost(master);
        assertThat(room.bytes() >> 20).isEqualTo(mebibytes);
        assertThat(room.warning(5 * GIB).orElseThrow())
                .contains("needs 5.0 GiB, and its executor may take ", " beside the heap for each of its 2 ranks; ")
                .contains("raise spark.executor.memoryOverhead, to which YARN and Kubernetes hold executors, or need");
    }

    @Test
    void anOverheadBeyondTheHostIsNoRoom() {
        conf.set("spark.executor.memoryOverhead", "100g");
        assertThat(onHost("yarn").bytes()).isEqualTo(6 * GIB);
    }

    @Test
    void aGpuHasWhatTheSmallestHas() {
        GpuCapabilities gpus =
                new GpuCapabilities(List.of(new Gpu("a", 80 * GIB, 9, 0), new Gpu("b", 24 * GIB, 8, 6)), "", "13.0");
        assertThat(MemoryRoom.onGpu(gpus, "node1").warning(30 * GIB).orElseThrow())
                .contains("needs 30.0 GiB, and a GPU of host node1 has 24.0 GiB; need less");
        assertThat(MemoryRoom.onGpu(new GpuCapabilities(List.of(), "none", ""), "node1")
                        .warning(30 * GIB))
                .isEmpty();
    }
}
