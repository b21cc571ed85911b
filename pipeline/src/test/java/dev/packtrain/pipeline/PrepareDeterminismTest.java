package dev.packtrain.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrepareDeterminismTest {
    @TempDir
    Path folder;

    @Test
    void theBytesDoNotDependOnThreadsOrPartitions() throws Exception {
        Path rows = PrepareFixture.sample(folder, 1500);
        List<Map<String, String>> runs = new ArrayList<>();
        for (String master : List.of("local[1]", "local[2]", "local[7]")) {
            Path output = folder.resolve(master);
            try (SparkSession spark = LocalSpark.start(master)) {
                Prepare.run(spark, PrepareFixture.options(rows, output), PrepareListener.NONE);
            }
            runs.add(PrepareFixture.bytes(output));
        }
        assertThat(runs.get(0)).containsKey("shards/shard-00001-00023.arrow").containsKey("manifest.json");
        assertThat(runs.get(1)).isEqualTo(runs.get(0));
        assertThat(runs.get(2)).isEqualTo(runs.get(0));
    }
}
