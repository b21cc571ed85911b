package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.options.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What gradients and moments take of a large vocabulary of which training meets few tokens, in a process of its own.
 */
class StateMemoryTest {
    private static final double MIB = 1 << 20;
    /** MiB of an embedding, or of a head, in fp32: 98. */
    private static final double TABLE =
            (double) StateMemoryGrowth.VOCAB_SIZE * StateMemoryGrowth.HIDDEN_SIZE * Float.BYTES / MIB;
    /** MiB: one chunk of logits, what malloc keeps. */
    private static final double OTHER = 40;

    @TempDir
    Path dir;

    /**
     * Tables: the head's gradient and two moments; in bf16 half a table of gradient, and as many remainders for each of the
     * two. All of both would be 6.
     */
    @ParameterizedTest
    @CsvSource({"FP32, 3", "BF16, 3.5"})
    void rowsOfTokensThatWereNotMetTakeNone(Precision precision, double tables) throws Exception {
        for (double grown : grown(precision)) {
            assertThat(grown).isBetween(tables * TABLE, tables * TABLE + OTHER);
        }
    }

    private double[] grown(Precision precision) throws IOException, InterruptedException {
        String[] numbers = ChildJvm.of("64m", StateMemoryGrowth.class, precision)
                .with("-Xms64m", "-XX:+AlwaysPreTouch", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0")
                .output(dir)
                .split(" ", 2);
        return Arrays.stream(numbers)
                .mapToDouble(bytes -> Long.parseLong(bytes) / MIB)
                .toArray();
    }
}
