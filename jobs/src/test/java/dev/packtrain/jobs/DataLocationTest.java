package dev.packtrain.jobs;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataLocationTest {
    @TempDir
    Path dir;

    @Test
    void rowsThatAreNotPreparedAreNamed() throws IOException {
        Path rows = Files.writeString(dir.resolve("rows.jsonl"), "{}");
        assertThatThrownBy(() -> DataLocation.of("dataset_name_or_path", rows.toString(), new Configuration()))
                .isInstanceOf(BadInputException.class)
                .hasMessage(
                        "dataset_name_or_path is \"%s\", a file, and no prepared data; run packtrain prepare on it first, and give its --output_dir",
                        rows);
    }

    @Test
    void aFileSystemThatThisSparkDoesNotHaveIsNamed() {
        assertThatThrownBy(() -> DataLocation.of("dataset_name_or_path", "s3a://bucket/data", new Configuration()))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("\"s3a://bucket/data\" cannot be reached by this Spark (");
    }
}
