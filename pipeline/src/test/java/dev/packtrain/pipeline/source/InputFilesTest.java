package dev.packtrain.pipeline.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputFilesTest {
    @TempDir
    Path folder;

    private void make(String... names) throws IOException {
        for (String name : names) {
            Files.createDirectories(folder.resolve(name).getParent());
            Files.writeString(folder.resolve(name), "{}");
        }
    }

    private List<String> found(String path) throws IOException {
        return InputFiles.find(path, new Configuration(false)).stream()
                .map(file -> folder.relativize(Path.of(InputFiles.display(file.getPath())))
                        .toString())
                .toList();
    }

    @Test
    void aDirectoryWithTrainJsonIsThatFile() throws IOException {
        make("train.json", "dev.json", "other.json", "train/a.json");
        assertThat(found(folder.toString())).containsExactly("train.json");
    }

    @Test
    void elseTheFilesOfItsTrainDirectory() throws IOException {
        make("other.json", "train/b.json", "train/a.jsonl", "train/README.txt", "train/_SUCCESS.json", "dev/c.json");
        assertThat(found(folder.toString())).containsExactly("train/a.jsonl", "train/b.json");
    }

    @Test
    void elseAllItsFilesThatAreNotForEvaluation() throws IOException {
        make("b.json", "a.json.gz", "dev.json", "test.jsonl", "valid.json", "dev/c.json");
        assertThat(found(folder.toString())).containsExactly("a.json.gz", "b.json");
    }

    @Test
    void aFileIsItselfWhateverItsName() throws IOException {
        make("dev.json", "odd [1].txt");
        assertThat(found(folder.resolve("dev.json").toString())).containsExactly("dev.json");
        assertThat(found(folder.resolve("odd [1].txt").toString())).containsExactly("odd [1].txt");
    }

    @Test
    void aGlobIsItsFilesInSortedOrder() throws IOException {
        make("x/b.json", "x/a.json", "y/c.json", "x/d.txt");
        assertThat(found(folder + "/{y,x}/*.json")).containsExactly("x/a.json", "x/b.json", "y/c.json");
        assertThatThrownBy(() -> found(folder + "/z/*.json"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("nothing is there");
    }

    @Test
    void aGlobLeavesHiddenFilesOutUnlessItAsksForThem() throws IOException {
        make("a.json", ".a.json", "_b.json", "_SUCCESS", ".a.json.crc");
        assertThat(found(folder + "/*")).containsExactly("a.json");
        assertThat(found(folder + "/_*.json")).containsExactly("_b.json");
        assertThat(found(folder + "/.a*.json")).containsExactly(".a.json");
    }

    @Test
    void whatThisSparkCannotReachIsNamed() {
        assertThatThrownBy(() -> found("http://localhost:1/a.jsonl"))
                .isInstanceOf(BadInputException.class)
                .hasMessage(
                        "\"http://localhost:1/a.jsonl\" is on the web; download it first, and give the path of the file");
        for (String path : List.of("s3a://bucket/a.jsonl", "foo://host/a.jsonl", "hdfs://127.0.0.1:1/a.jsonl")) {
            assertThatThrownBy(() -> InputFiles.find(path, oneTry()))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageStartingWith("\"" + path + "\" cannot be reached by this Spark (")
                    .hasMessageContaining("class path");
        }
    }

    private static Configuration oneTry() {
        Configuration conf = new Configuration();
        conf.set("ipc.client.connect.max.retries", "0");
        return conf;
    }

    @Test
    void aRelativePathMayHaveAColon() throws IOException {
        Path here = Files.createTempFile(Path.of(""), "a:b", ".jsonl");
        try {
            assertThat(InputFiles.find(here.toString(), new Configuration(false)))
                    .hasSize(1);
        } finally {
            Files.delete(here);
        }
    }

    @Test
    void severalDataSetsNeedWeights() throws IOException {
        make("a.json", "b.json");
        assertThatThrownBy(() -> found(folder + "/a.json," + folder + "/b.json"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("nothing is there")
                .hasMessageEndingWith("dataset_weights too");
    }

    @Test
    void otherKindsAreFoundAsJsonIs() throws IOException {
        make("train.parquet/part-00000-x.snappy.parquet", "train.parquet/_SUCCESS", "other.parquet");
        assertThat(found(folder.toString())).containsExactly("train.parquet/part-00000-x.snappy.parquet");
        make("csv/train/b.csv.gz", "csv/train/a.csv", "csv/train/.a.csv.crc");
        assertThat(found(folder + "/csv")).containsExactly("csv/train/a.csv", "csv/train/b.csv.gz");
        make("hub/train-00000-of-00001.parquet", "hub/test-00000-of-00001.parquet", "hub/validation_0.parquet");
        assertThat(found(folder + "/hub")).containsExactly("hub/train-00000-of-00001.parquet");
        make("text/LICENSE.txt", "text/tests.txt", "text/a.txt");
        assertThat(found(folder + "/text")).containsExactly("text/a.txt", "text/tests.txt");
    }

    @Test
    void filesOfSeveralKindsAreRefusedByName() throws IOException {
        make("a.json", "b.jsonl.gz", "c.txt", "LICENSE.txt");
        List<FileStatus> files = InputFiles.find(folder.toString(), new Configuration(false));
        assertThatThrownBy(() -> InputFiles.kind(files, "d"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("such as a.json and c.txt; give a glob of one kind");
        assertThat(InputFiles.kind(files.subList(0, 2), "d")).isEqualTo(FileKind.JSON_LINES);
    }

    @Test
    void aPreparedDataSetIsNoInput() throws IOException {
        make("manifest.json", "report.json", "shards/shard-00000.arrow");
        assertThatThrownBy(() -> found(folder.toString()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("prepared already");
    }
}
