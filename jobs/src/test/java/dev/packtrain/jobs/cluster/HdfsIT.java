package dev.packtrain.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.jobs.PrepareJob;
import dev.packtrain.jobs.TrainJob;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.PackedDataset;
import dev.packtrain.pipeline.sample.SampleGenerator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A data set whose rows and shards are on HDFS: a name node and a data node that store real blocks. */
class HdfsIT {
    @TempDir
    static Path dir;

    private static MiniDFSCluster hdfs;
    private static FileSystem fs;
    private static SparkSession spark;
    private static SmallJob job;

    @BeforeAll
    static void start() throws IOException {
        Configuration conf = new Configuration();
        conf.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, dir.resolve("hdfs").toString());
        conf.setInt("dfs.replication", 1);
        hdfs = new MiniDFSCluster.Builder(conf).numDataNodes(1).build();
        hdfs.waitClusterUp();
        fs = hdfs.getFileSystem();
        spark = LocalSpark.open();
        job = SmallJob.create(dir, spark);
        new SampleGenerator(11).writeTo(dir.resolve("more.jsonl"), 200);
        for (String name : List.of("sample.jsonl", "more.jsonl")) {
            fs.copyFromLocalFile(
                    new org.apache.hadoop.fs.Path(dir.resolve(name).toUri()),
                    new org.apache.hadoop.fs.Path("/in/" + name));
        }
    }

    @AfterAll
    static void stop() {
        if (spark != null) {
            spark.stop();
        }
        if (hdfs != null) {
            // Not shutdown(), which clears Hadoop's shutdown hooks, Spark's with them: its temporary folder would stay.
            hdfs.shutdownDataNodes();
            hdfs.shutdownNameNodes();
        }
    }

    private static String url(String path) {
        return fs.getUri() + path;
    }

    private static Map<String, Object> keys(String input, String output) {
        Map<String, Object> keys = new LinkedHashMap<>(job.prepareKeys("unused"));
        keys.put("dataset_name_or_path", url("/in/" + input));
        keys.put("output_dir", url(output));
        return keys;
    }

    private static List<String> names(String directory) throws IOException {
        List<String> names = new ArrayList<>();
        for (FileStatus file : fs.listStatus(new org.apache.hadoop.fs.Path(directory))) {
            names.add(file.getPath().getName());
        }
        return names;
    }

    private static Manifest manifest(String output) throws IOException {
        try (var in = fs.open(new org.apache.hadoop.fs.Path(output, Manifest.FILE_NAME))) {
            return Manifest.fromJson(new String(in.readAllBytes(), StandardCharsets.UTF_8), output);
        }
    }

    @Test
    void theShardsAreThoseOfALocalRunAndAppendingMakesAVersion() throws IOException {
        Path local = job.prepare(spark, "local");
        PrepareJob.run(spark, SmallJob.recipe(keys("sample.jsonl", "/out/set")));
        try (PackedDataset data = PackedDataset.open(local)) {
            assertThat(manifest("/out/set").shards()).isEqualTo(data.manifest().shards());
        }

        Map<String, Object> more = keys("more.jsonl", "/out/set");
        more.put("append", true);
        PrepareJob.run(spark, SmallJob.recipe(more));
        assertThat(manifest("/out/set").datasetVersion()).isEqualTo(2);
        assertThat(manifest("/out/set").counts().rowsKept()).isEqualTo(500);

        fs.copyToLocalFile(
                new org.apache.hadoop.fs.Path("/out/set"),
                new org.apache.hadoop.fs.Path(dir.resolve("copy").toUri()));
        try (PackedDataset data = PackedDataset.open(dir.resolve("copy"))) {
            long tokens = 0;
            for (long pack = 0; pack < data.numPacks(); pack++) {
                tokens += data.get(pack).numTokens();
            }
            assertThat(tokens).isEqualTo(data.manifest().counts().tokens());
        }
        assertThat(names("/out/set")).as("no lock, no staging").noneMatch(name -> name.startsWith("_"));
    }

    @Test
    void aDataSetThatIsThereIsNotTouched() throws IOException {
        PrepareJob.run(spark, SmallJob.recipe(keys("sample.jsonl", "/out/once")));
        Manifest before = manifest("/out/once");
        assertThatThrownBy(() -> PrepareJob.run(spark, SmallJob.recipe(keys("more.jsonl", "/out/once"))))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("holds a data set already");
        assertThat(manifest("/out/once")).isEqualTo(before);

        Map<String, Object> again = keys("more.jsonl", "/out/once");
        again.put("overwrite_output_dir", true);
        PrepareJob.run(spark, SmallJob.recipe(again));
        assertThat(manifest("/out/once").firstVersion()).isEqualTo(2);
        assertThat(names("/out/once/shards")).noneMatch(name -> name.startsWith("shard-00001"));
    }

    @Test
    void anotherJobsLockIsRespectedUntilItIsStale() throws IOException {
        org.apache.hadoop.fs.Path lock = new org.apache.hadoop.fs.Path("/out/locked/_packtrain.lock");
        try (var out = fs.create(lock)) {
            out.write("a job on another host".getBytes(StandardCharsets.UTF_8));
        }
        assertThatThrownBy(() -> PrepareJob.run(spark, SmallJob.recipe(keys("sample.jsonl", "/out/locked"))))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("is being written by another job");
        long old = System.currentTimeMillis() - 120_000;
        fs.setTimes(lock, old, -1);
        PrepareJob.run(spark, SmallJob.recipe(keys("sample.jsonl", "/out/locked")));
        assertThat(manifest("/out/locked").counts().rowsKept()).isEqualTo(300);
        assertThat(fs.exists(lock)).isFalse();
    }

    /** Ranks read files, so each task copies the data set to its own disk first. */
    @Test
    void trainingReadsADataSetOnHdfs() throws IOException {
        PrepareJob.run(spark, SmallJob.recipe(keys("sample.jsonl", "/out/training")));
        Path local = job.prepare(spark, "training-local");
        TrainJob.run(spark, SmallJob.recipe(job.trainKeys(local, "from-local", 4, 0)), 1);
        Map<String, Object> remote = job.trainKeys(local, "from-hdfs", 4, 0);
        remote.put("dataset_name_or_path", url("/out/training"));
        TrainJob.run(spark, SmallJob.recipe(remote), 1);
        assertThat(job.losses("from-hdfs")).hasSize(4).isEqualTo(job.losses("from-local"));
    }
}
