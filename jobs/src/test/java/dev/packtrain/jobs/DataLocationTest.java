package dev.packtrain.jobs;

import static org.assertj.core.api.Assertions.assertThat;
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

    /** Hadoop takes what stands before a colon for the name of a file system. */
    @Test
    void aNameWithAColonWantsItsFolder() throws IOException {
        assertThatThrownBy(() -> DataLocation.of("dataset_name_or_path", "run:3", new Configuration()))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("dataset_name_or_path is \"run:3\", which is no path (")
                .hasMessageEndingWith("give a directory, and ./ before a name with a colon");
        assertThatThrownBy(() -> DataLocation.localOutput("run:3")).isInstanceOf(BadInputException.class);
        assertThat(DataLocation.localOutput("./run:3"))
                .isEqualTo(Path.of("run:3").toAbsolutePath());
        assertThat(DataLocation.of("dataset_name_or_path", "./run:3", new Configuration())
                        .path())
                .isEqualTo(Path.of("run:3").toAbsolutePath().toString());
    }

    @Test
    void aFileSystemThatThisSparkDoesNotHaveIsNamed() {
        assertThatThrownBy(() -> DataLocation.of("dataset_name_or_path", "s3a://bucket/data", new Configuration()))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("\"s3a://bucket/data\" cannot be reached by this Spark (");
    }
}
