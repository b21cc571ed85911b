package dev.packtrain.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.packing.PackingMethod;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrepareDeterminismTest {
    @TempDir
    Path folder;

    private static void prepare(SparkSession spark, Path rows, Path output, PackingMethod method) {
        SourceOptions source = SourceOptions.of(rows.toString());
        PrepareOptions options = PrepareFixture.options(source, OutputOptions.of(output.toString()), method);
        Prepare.run(spark, options, PrepareListener.NONE);
    }

    @Test
    void theBytesDoNotDependOnThreadsOrPartitions() throws Exception {
        Path rows = PrepareFixture.sample(folder, 1500);
        List<Map<String, String>> runs = new ArrayList<>();
        for (String master : List.of("local[1]", "local[4]", "local[7]")) {
            Path output = folder.resolve(master);
            try (SparkSession spark = LocalSpark.start(master)) {
                for (PackingMethod method : PackingMethod.values()) {
                    prepare(spark, rows, output.resolve(method.name()), method);
                }
            }
            runs.add(PrepareFixture.bytes(output));
        }
        assertThat(runs.get(0).keySet())
                .filteredOn(name -> name.contains("BEST_FIT_DECREASING/shards/"))
                .hasSize((1500 + PrepareFixture.GROUP_SIZE - 1) / PrepareFixture.GROUP_SIZE);
        assertThat(runs.get(1)).isEqualTo(runs.get(0));
        assertThat(runs.get(2)).isEqualTo(runs.get(0));
    }

    @Test
    void rowsThatAreShuffledToTheirGroupsGiveTheSameShards() throws Exception {
        Path rows = PrepareFixture.sample(folder, 500);
        Path compressed = folder.resolve("sample.jsonl.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(compressed))) {
            Files.copy(rows, out);
        }
        try (SparkSession spark = LocalSpark.start("local[3]")) {
            prepare(spark, rows, folder.resolve("plain"), PackingMethod.BEST_FIT_DECREASING);
            prepare(spark, compressed, folder.resolve("compressed"), PackingMethod.BEST_FIT_DECREASING);
        }
        assertThat(shards(folder.resolve("compressed"))).hasSize(8).isEqualTo(shards(folder.resolve("plain")));
    }

    private static Map<String, String> shards(Path output) throws IOException {
        Map<String, String> shards = new TreeMap<>(PrepareFixture.bytes(output));
        shards.keySet().removeIf(name -> !name.endsWith(".arrow"));
        return shards;
    }
}
