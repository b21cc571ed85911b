package dev.packtrain.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.PackedDataset;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.PackingMethod;
import dev.packtrain.pipeline.report.LengthHistogram;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LengthBucketsTest {
    private static final int NUM_ROWS = 300;

    private static SparkSession spark;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        spark = LocalSpark.start("local[2]");
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    void aPackHoldsExamplesOfOneBucketAndItsShardSaysWhich() throws IOException {
        Path output = folder.resolve("data");
        Path rows = PrepareFixture.sample(folder, NUM_ROWS);
        LengthHistogram lengths = Prepare.run(
                        spark, PrepareFixture.options(rows, folder.resolve("plain")), PrepareListener.NONE)
                .lengths();
        List<Integer> bounds = List.of(lengths.p10(), lengths.p50());
        PrepareOptions plain = PrepareFixture.options(rows, output);
        PrepareReport report = Prepare.run(
                spark,
                new PrepareOptions(
                        plain.source(),
                        plain.encode(),
                        new PackOptions(PackingMethod.PATTERN, PrepareFixture.GROUP_SIZE, bounds),
                        plain.output(),
                        plain.seed()),
                PrepareListener.NONE);
        assertThat(report.counts().rowsKept()).isEqualTo(NUM_ROWS);
        List<Long> ids = new ArrayList<>();
        Set<Integer> buckets = new TreeSet<>();
        try (PackedDataset dataset = PackedDataset.open(output)) {
            long pack = 0;
            for (Manifest.ShardEntry shard : dataset.manifest().shards()) {
                buckets.add(shard.lengthBucket());
                for (int i = 0; i < shard.packs(); i++) {
                    PackedSequence sequence = dataset.get(pack++);
                    for (int d = 0; d < sequence.numDocuments(); d++) {
                        int length = sequence.cuSeqlens()[d + 1] - sequence.cuSeqlens()[d];
                        int bucket = length <= bounds.get(0) ? 0 : length <= bounds.get(1) ? 1 : 2;
                        assertThat(bucket).isEqualTo(shard.lengthBucket());
                        ids.add(sequence.exampleIds()[d]);
                    }
                }
            }
        }
        assertThat(buckets).containsExactly(0, 1, 2);
        assertThat(ids).hasSize(NUM_ROWS).doesNotHaveDuplicates();
    }
}
