package dev.packtrain.packing;

import dev.packtrain.packing.simulation.LengthSet;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the packing stage does with a group of 16,384 tokenised records of AdvertiseGen's lengths at {@code max_length} 1024, one
 * thread: pattern packing, then the shard's bytes and their SHA-256, to a stream that only drops them. Groups and records a second.
 *
 * <pre>mvn -q -Pjmh -pl packing process-test-classes -Djmh.args="PackingStageBenchmark"</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PackingStageBenchmark {
    private static final int GROUP_SIZE = 16_384;
    private static final int MAX_LENGTH = 1024;
    /** Tokens of a record that take no loss: its prompt. */
    private static final int PROMPT = 30;

    private final GroupPacker packer = GroupPacker.of(PackingMethod.PATTERN, MAX_LENGTH, 7);
    private List<TokenizedExample> group;

    /** Makes the records: the first tokens take no loss, the others do. */
    @Setup(Level.Trial)
    public void load() {
        int[] lengths = LengthSet.ADVERTISE_GEN.lengths(MAX_LENGTH);
        group = new ArrayList<>(GROUP_SIZE);
        for (int id = 0; id < GROUP_SIZE; id++) {
            int[] inputIds = new int[lengths[id]];
            Arrays.setAll(inputIds, token -> 31 * token % 8_000);
            int[] labels = inputIds.clone();
            Arrays.fill(labels, 0, PROMPT, TokenizedExample.IGNORE_INDEX);
            group.add(new TokenizedExample(id, inputIds, labels));
        }
    }

    /** Beside groups a second, records a second: those that were written, not the few per cent that are carried. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Counters {
        public long records;
    }

    /** Packs the group and writes its shard. */
    @Benchmark
    public ShardSummary packAndWrite(Counters counters) throws IOException {
        try (ShardWriter writer = ShardWriter.open(OutputStream.nullOutputStream(), MAX_LENGTH)) {
            for (Pack pack : packer.pack(group, 0, false).packs()) {
                writer.write(pack);
            }
            ShardSummary summary = writer.finish();
            counters.records += summary.examples();
            return summary;
        }
    }

    /** Packs the group only. */
    @Benchmark
    public int packOnly(Counters counters) {
        PackedGroup packed = packer.pack(group, 0, false);
        counters.records += GROUP_SIZE - packed.carried().size();
        return packed.packs().size();
    }
}
