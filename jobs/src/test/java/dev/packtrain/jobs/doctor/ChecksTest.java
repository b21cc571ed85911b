package dev.packtrain.jobs.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.kernels.GpuCapabilities;
import dev.packtrain.packing.BadInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChecksTest {
    private static final Target TWO_RANKS_HERE = new Target(null, 2);

    @TempDir
    Path dir;

    @Test
    void diagnosisIsALineAndWhatToChangeIsBelowIt() {
        assertThat(new Diagnosis("cores", Finding.ok("2")).text()).isEqualTo("ok    cores: 2");
        assertThat(new Diagnosis("cores", Finding.warn("2", "take 3")).text().lines())
                .containsExactly("warn  cores: 2", "      -> take 3");
        assertThat(new Diagnosis("cores", Finding.fail("0", "take 3")).text()).startsWith("FAIL  cores: 0");
    }

    @Test
    void findingThatIsNotOkMustSayWhatToChange() {
        assertThatThrownBy(() -> Finding.warn("slow", "")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatACheckThrowsIsItsFailure() {
        Diagnosis diagnosis = ofACheckThat(() -> {
            throw new UnsatisfiedLinkError("libx.so: no such file\nand more");
        });
        assertThat(diagnosis.failed()).isTrue();
        assertThat(diagnosis.text()).startsWith("FAIL  library: UnsatisfiedLinkError: libx.so: no such file");
    }

    /** Workers on which no executor starts: the master ends the application while the session is being opened. */
    @Test
    void anApplicationThatTheClusterEndsFailsWithWhereToLook() {
        assertThat(ofACheckThat(() -> {
                            throw new IllegalStateException("Cannot call methods on a stopped SparkContext.\nThis ...");
                        })
                        .text())
                .startsWith(
                        "FAIL  library: the cluster ended this application or never took it, as it does when executors do not start")
                .contains("-> look at the workers' logs");
    }

    private static Diagnosis ofACheckThat(Supplier<Finding> runs) {
        List<Diagnosis> told = new ArrayList<>();
        new Doctor(TWO_RANKS_HERE, told::add).run(new Check() {
            @Override
            public String what() {
                return "library";
            }

            @Override
            public Finding run() {
                return runs.get();
            }
        });
        assertThat(told).hasSize(1);
        return told.get(0);
    }

    @Test
    void sparkSettingsThatBarrierStagesCannotHaveFailWithTheLineToSet() {
        SparkConf conf = new SparkConf(false)
                .set("spark.dynamicAllocation.enabled", "true")
                .set("spark.speculation", "true")
                .set("spark.task.cpus", "4")
                .set("spark.executor.cores", "2");

        assertThat(new DynamicAllocationCheck(conf).run().change()).isEqualTo("spark.dynamicAllocation.enabled false");
        assertThat(new SpeculationCheck(conf).run().change()).isEqualTo("spark.speculation false");
        assertThat(new TaskCpusCheck(conf).run().status()).isEqualTo(Finding.Status.FAIL);
    }

    @Test
    void whereExecutorsAreHeldToTheirMemoryRanksNeedSomeBesideTheHeap() {
        SparkConf conf = new SparkConf(false).set("spark.master", "spark://h:7077");
        assertThat(new OverheadCheck(conf).run().status()).isEqualTo(Finding.Status.OK);
        Finding tight = new OverheadCheck(conf.set("spark.master", "yarn")).run();
        assertThat(tight.text())
                .startsWith("0.4 GiB, in which the ranks of an executor live; each takes up to 1.5 GiB");
        assertThat(tight.change()).isEqualTo("spark.executor.memoryOverhead 2g, and more on the CPU");
        conf.set("spark.executor.memoryOverhead", "8g");
        assertThat(new OverheadCheck(conf).run().status()).isEqualTo(Finding.Status.OK);
    }

    @Test
    void barrierTimeoutOverADayIsAWarning() {
        SparkConf conf = new SparkConf(false);
        assertThat(new BarrierTimeoutCheck(conf).run().status()).isEqualTo(Finding.Status.OK);
        conf.set("spark.barrier.sync.timeout", "2d");
        assertThat(new BarrierTimeoutCheck(conf).run().change()).isEqualTo("spark.barrier.sync.timeout 1800s");
        conf.set("spark.barrier.sync.timeout", "1800s");
        assertThat(new BarrierTimeoutCheck(conf).run().status()).isEqualTo(Finding.Status.OK);
    }

    @Test
    void ranksTrafficIsNeverOkAndSparksOwnCanBe() {
        SparkConf conf = new SparkConf(false);
        assertThat(new EncryptionCheck(conf).run().text())
                .contains("TCPStore, Gloo and NCCL")
                .contains("neither authenticated nor encrypted");
        assertThat(new EncryptionCheck(conf).run().change()).contains("spark.authenticate true");
        conf.set("spark.authenticate", "true").set("spark.network.crypto.enabled", "true");
        assertThat(new EncryptionCheck(conf).run().status()).isEqualTo(Finding.Status.WARN);
        assertThat(new EncryptionCheck(conf).run().change()).doesNotContain("spark.");
    }

    @Test
    void machineThatIsTooSmallIsWarnedAbout() {
        assertThat(new CoresCheck(TWO_RANKS_HERE, 1).run().change()).isEqualTo("--num_processes 1");
        assertThat(new CoresCheck(new Target("spark://h:1", 2), 1).run().status())
                .isEqualTo(Finding.Status.OK);
        assertThat(new MemoryCheck(TWO_RANKS_HERE).judge(1L << 30).status()).isEqualTo(Finding.Status.WARN);
        assertThat(new MemoryCheck(TWO_RANKS_HERE).judge(1L << 40).status()).isEqualTo(Finding.Status.OK);
    }

    @Test
    void diskIsJudgedWhereTheFolderWillBe() throws Exception {
        Path absent = dir.resolve("a/b");
        assertThat(new DiskCheck("x", absent, 1, 1, "more").run().status()).isEqualTo(Finding.Status.OK);
        assertThat(new DiskCheck("x", absent, 1, Long.MAX_VALUE, "more").run().status())
                .isEqualTo(Finding.Status.WARN);
        assertThat(new DiskCheck("x", absent, Long.MAX_VALUE, Long.MAX_VALUE, "more")
                        .run()
                        .status())
                .isEqualTo(Finding.Status.FAIL);
    }

    @Test
    void gpusThatLibtorchCannotUseAreAWarning() {
        GpuCapabilities one =
                new GpuCapabilities(List.of(new GpuCapabilities.Gpu("H200", 140L << 30, 9, 0)), "", "13.1");
        assertThat(GpuCheck.judge(one, true).text())
                .isEqualTo("1, CUDA up to 13.1: H200 140 GiB (compute capability 9.0)");
        assertThat(GpuCheck.judge(one, false).change()).contains("-Pgpu");
    }

    @Test
    void aGpuWhoseKernelsComputeWronglyFailsWithTheirSentence() {
        assertThat(GpuCheck.judge("1: H200;", () -> "Computed by kernels.").text())
                .isEqualTo("1: H200; Computed by kernels.");
        Finding wrong = GpuCheck.judge("1: H200;", () -> {
            throw new BadInputException("A kernel computes wrongly.");
        });
        assertThat(wrong.status()).isEqualTo(Finding.Status.FAIL);
        assertThat(wrong.text()).isEqualTo("1: H200; A kernel computes wrongly.");
        assertThat(wrong.change()).contains("--use_fused_kernels false");
    }

    @Test
    void otherVersionsAreNamed() {
        assertThat(new JavaCheck(11).run().status()).isEqualTo(Finding.Status.FAIL);
        assertThat(new SparkVersionCheck("3.5.6").run().status()).isEqualTo(Finding.Status.WARN);
        assertThat(new SparkVersionCheck("4.10.0").run().status()).isEqualTo(Finding.Status.WARN);
        assertThat(new SparkVersionCheck("4.1.0").run().status()).isEqualTo(Finding.Status.OK);
    }

    @Test
    void masterThatDoesNotAnswerFailsAtOnce() {
        try (MasterCheck master = new MasterCheck(new Target("spark://127.0.0.1:1", 1))) {
            Finding finding = master.run();

            assertThat(finding.status()).isEqualTo(Finding.Status.FAIL);
            assertThat(finding.text())
                    .contains("spark://127.0.0.1:1 does not answer")
                    .doesNotContain("start that Spark");
            assertThat(finding.change()).startsWith("start that Spark, or leave --master out");
            assertThat(master.session()).isEmpty();
        }
    }
}
