package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelThreadsTest {
    private static final int UNTOUCHED = 7;

    private KernelThreads threads;

    @BeforeEach
    void probe() {
        threads = KernelThreads.ofCallingThread();
    }

    @Test
    void saysWhichLibraryAndHowManyThreads() {
        assertThat(threads.numThreads()).isPositive();
        assertThat(threads.describe()).startsWith(threads.numThreads() + " thread");
        if (threads.isParallel()) {
            assertThat(Files.isRegularFile(Path.of(threads.library()))).isTrue();
            assertThat(threads.library()).contains("libgomp");
        } else {
            assertThat(threads.numThreads()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"0,0", "1,0", "1,3", "2,1", "5,3", "1000,0", "1000,2", "1000,3"})
    void runsEachTaskOnceInOneOfTheThreads(int numTasks, int wishedThreads) {
        int most = wishedThreads == 0 ? threads.numThreads() : wishedThreads;
        for (boolean dynamic : new boolean[] {false, true}) {
            int[] ranBy = run(numTasks, wishedThreads, dynamic);
            assertThat(Arrays.stream(ranBy)).allMatch(e -> e >= UNTOUCHED * 1000 && e < UNTOUCHED * 1000 + most);
        }
    }

    @Test
    void givesEachThreadItsShareOfEqualTasks() {
        Assumptions.assumeTrue(threads.isParallel(), "no libgomp");
        int[] ranBy = run(10, 3, false);
        assertThat(ranBy).containsExactly(7000, 7000, 7000, 7001, 7001, 7001, 7002, 7002, 7002, 7002);
    }

    @Test
    void saysWhatIsMissing() {
        KernelThreads alone = new KernelThreads("", 1);
        assertThat(alone.isParallel()).isFalse();
        assertThat(alone.describe()).contains("libgomp.so.1 was not found").contains("apt install libgomp1");
    }

    private static int[] run(int numTasks, int wishedThreads, boolean dynamic) {
        int[] ranBy = new int[numTasks];
        Arrays.fill(ranBy, UNTOUCHED);
        ThreadCalls.recordThreads(wishedThreads, dynamic, ranBy);
        return ranBy;
    }
}
