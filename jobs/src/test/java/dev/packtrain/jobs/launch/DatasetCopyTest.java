package dev.packtrain.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.jobs.inspect.TinyDataSet;
import dev.packtrain.packing.PackedDataset;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetCopyTest {
    @TempDir
    Path dir;

    /** On an executor whose core-site.xml names HDFS as the file system of such paths. */
    @Test
    void aPathWithoutASchemeIsThisHostsOwn() {
        Map<String, String> conf = Map.of("fs.defaultFS", "hdfs://nowhere:1");
        try (DatasetCopy data = DatasetCopy.of(dir.toString(), 1, conf, () -> false)) {
            assertThat(data.dir()).isEqualTo(dir);
        }
        assertThat(dir).exists();
    }

    /** Its files are listed one moment, and in another place or gone the next. */
    @Test
    void aJobThatAppendsMeanwhileDoesNotDisturb() throws Exception {
        Path data = TinyDataSet.write(dir.resolve("data"));
        Path staged = Files.createDirectory(data.resolve("_staging-1")).resolve("shard-7.arrow");
        Files.writeString(staged, "of the other job");
        Map<String, String> conf = Map.of("fs.busy.impl", Busy.class.getName());
        try (DatasetCopy copy = DatasetCopy.of("busy:" + data, 1, conf, () -> false);
                PackedDataset packs = PackedDataset.open(copy.dir(), 1)) {
            assertThat(packs.get(1).numTokens()).isEqualTo(2);
            assertThat(copy.dir().resolve(packs.manifest().tokenizerDirectory() + "/tokenizer.json"))
                    .exists();
        }
    }

    @Test
    void aVersionThatIsNotThereIsSaid() throws Exception {
        Path data = TinyDataSet.write(dir.resolve("data"));
        Map<String, String> conf = Map.of("fs.busy.impl", Busy.class.getName());
        assertThatThrownBy(() -> DatasetCopy.of("busy:" + data, 3, conf, () -> false))
                .isInstanceOf(RankFailedException.class)
                .hasMessageContaining("has no version 3; wanted one from 1 to 1");
    }

    /** A file system that is not this host's own, where no staged file can be read. */
    public static final class Busy extends RawLocalFileSystem {
        @Override
        public URI getUri() {
            return URI.create("busy:///");
        }

        @Override
        public FSDataInputStream open(org.apache.hadoop.fs.Path path, int bufferSize) throws IOException {
            if (path.toString().contains("_staging-")) {
                throw new FileNotFoundException(path + " was moved");
            }
            return super.open(path, bufferSize);
        }
    }
}
