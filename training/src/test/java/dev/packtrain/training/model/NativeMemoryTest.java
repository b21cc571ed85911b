package dev.packtrain.training.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.ChildJvm;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Measured in processes of their own whose Java heap is of one size and in memory from the start: what a process grows by
 * is then native. In the tests' own process the heap grows and shrinks as the collector sees fit.
 */
class NativeMemoryTest {
    private static final long MIB = 1 << 20;

    @TempDir
    Path dir;

    /** A step of this model makes about 2 MiB of activations: leaked, 200 steps take well over 100 MiB, even with
     * the garbage collector freeing some of it. */
    @Test
    void stepsLeakNoTensors() throws IOException, InterruptedException {
        Growth growth = grow("every-feature", 50, 200);
        assertThat(growth.bytes() / MIB).isLessThan(60);
        assertThat(growth.pointers()).isLessThan(200);
    }

    /** A forgotten handle shows in the count, and memory that no handle knows of, from 4 kB a step on, in the size. */
    @Test
    void tenThousandStepsStayFlat() throws IOException, InterruptedException {
        Growth growth = grow("tiny-bf16", 1_000, 10_000);
        assertThat(growth.bytes() / MIB).isLessThan(40);
        assertThat(growth.pointers()).isLessThan(100);
    }

    private record Growth(long bytes, long pointers) {}

    private Growth grow(String model, int warmUp, int steps) throws IOException, InterruptedException {
        String[] numbers = ChildJvm.of("128m", MemoryGrowth.class, model, warmUp, steps)
                .with("-Xms128m", "-XX:+AlwaysPreTouch")
                .output(dir)
                .split(" ", 2);
        return new Growth(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]));
    }
}
