package dev.packtrain.packing;

import dev.packtrain.packing.simulation.LengthSet;
import dev.packtrain.packing.simulation.PackingSimulation;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * {@link PackingMethod#PATTERN} on the lengths of AdvertiseGen, one thread: lengths a second.
 *
 * <pre>mvn -q -Pjmh -pl packing process-test-classes -Djmh.args="PatternPackerBenchmark"</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PatternPackerBenchmark {
    private static final int GROUP_SIZE = 16_384;
    private static final int NUM_GROUPS = 6;
    private static final int NUM_LENGTHS = 100_580;

    /** Capacity of a pack in tokens. */
    @Param({"256", "512", "1024", "2048"})
    public int maxLength;

    private final PatternPacker packer = new PatternPacker();
    private final int[][] groups = new int[NUM_GROUPS][];
    private int[] lengths;

    /** Reads the lengths. */
    @Setup(Level.Trial)
    public void load() {
        lengths = LengthSet.ADVERTISE_GEN.lengths(maxLength);
        for (int group = 0; group < NUM_GROUPS; group++) {
            groups[group] = Arrays.copyOfRange(lengths, group * GROUP_SIZE, (group + 1) * GROUP_SIZE);
        }
    }

    /** Six groups of 16,384 in turn, each different: the mean over them. */
    @Benchmark
    @OperationsPerInvocation(NUM_GROUPS * GROUP_SIZE)
    public int groups() {
        int numPacks = 0;
        for (int[] group : groups) {
            numPacks += packer.pack(group, maxLength, false).numPacks();
        }
        return numPacks;
    }

    /** The whole set with the levels of carried examples, the last group included. */
    @Benchmark
    @OperationsPerInvocation(NUM_LENGTHS)
    public long carryTree() {
        return PackingSimulation.run(packer, lengths, maxLength, GROUP_SIZE).numPacks();
    }
}
