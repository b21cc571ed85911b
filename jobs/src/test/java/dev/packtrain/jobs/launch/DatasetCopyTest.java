package dev.packtrain.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetCopyTest {
    @TempDir
    Path dir;

    /** On an executor whose core-site.xml names HDFS as the file system of such paths. */
    @Test
    void aPathWithoutASchemeIsThisHostsOwn() {
        Map<String, String> conf = Map.of("fs.defaultFS", "hdfs://nowhere:1");
        try (DatasetCopy data = DatasetCopy.of(dir.toString(), conf, () -> false)) {
            assertThat(data.dir()).isEqualTo(dir);
        }
        assertThat(dir).exists();
    }
}
