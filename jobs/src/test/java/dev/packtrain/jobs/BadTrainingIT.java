package dev.packtrain.jobs;

import static dev.packtrain.jobs.PacktrainRun.refused;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person sees after a mistake in what is to be trained, and how: exit status 2, one sentence, no model. */
class BadTrainingIT {
    @TempDir
    static Path shared;

    private static GoodData good;

    @TempDir
    Path dir;

    @BeforeAll
    static void prepareGoodData() throws IOException {
        good = GoodData.in(shared);
    }

    @Test
    void aChangedByteInAShardIsNamedBeforeTraining() throws IOException {
        Path copy = copyOf(good.data(), dir.resolve("copy"));
        Path shard = copy.resolve("shards/shard-00001-00000.arrow");
        byte[] bytes = Files.readAllBytes(shard);
        bytes[bytes.length / 2] ^= 1;
        Files.write(shard, bytes);
        Path output = dir.resolve("model");

        assertThat(refused(good.train(copy, output, "--config_name=../conf/models/llama-tiny.json")))
                .contains("shard-00001-00000.arrow");
        assertThat(output.resolve("model.safetensors")).doesNotExist();
    }

    @Test
    void aModelWithAnotherTokenizerIsRefused() throws IOException {
        Path model = Files.createDirectories(dir.resolve("base"));
        String config = Files.readString(Path.of("../conf/models/llama-tiny.json"));
        Files.writeString(model.resolve("config.json"), config.replaceFirst("\\{", "{\"vocab_size\": 300,"));
        Files.writeString(
                model.resolve("tokenizer.json"),
                Files.readString(good.tokenizer().resolve("tokenizer.json")).strip() + "\n\n");
        Path output = dir.resolve("model");

        assertThat(refused(good.train(good.data(), output, "--model_name_or_path=" + model)))
                .contains("is not the tokenizer that the shards in");
        assertThat(output.resolve("model.safetensors")).doesNotExist();
    }

    /** One weight of it is more than a process can address anywhere, so that nothing is taken before it is refused. */
    @Test
    void aModelThatFitsNowhereIsForetoldAndThenRefused() {
        Path output = dir.resolve("model");
        PacktrainRun run = PacktrainRun.of(good.train(
                good.data(),
                output,
                "--config_name=../conf/models/llama-tiny.json",
                "--config_overrides=hidden_size=262144,intermediate_size=1073741824,head_dim=4,num_hidden_layers=1"));

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.out())
                .contains("Memory will run out: a rank of this training needs ", " for it; need less with");
        assertThat(run.err())
                .startsWith("packtrain: the memory of this host ran out: 1048576.000 GiB more were wanted; need less")
                .hasLineCount(1);
        assertThat(output.resolve("model.safetensors")).doesNotExist();
    }

    @Test
    void preferencesAreNotTrainedOn() throws IOException {
        Path pairs = dir.resolve("pairs.jsonl");
        Files.writeString(
                pairs, "{\"src\":[\"a\"],\"tgt\":[],\"response\":[[\"b\"],[\"c\"]],\"sort\":[1,0]}\n".repeat(3));
        Path prepared = dir.resolve("pairs");
        assertThat(PacktrainRun.of(good.prepare(pairs, prepared)).status()).isZero();
        Path output = dir.resolve("model");

        assertThat(refused(good.train(prepared, output, "--config_name=../conf/models/llama-tiny.json")))
                .contains("holds preference examples, which supervised fine-tuning cannot learn from");
        assertThat(output.resolve("model.safetensors")).doesNotExist();
    }

    @Test
    void aVersionOfTheDataThatIsNotThereIsRefused() {
        Path output = dir.resolve("model");
        assertThat(refused(good.train(
                        good.data(), output, "--config_name=../conf/models/llama-tiny.json", "--dataset_version=7")))
                .contains("has no version 7; wanted one from 1 to 1");
        assertThat(output).doesNotExist();
        assertThat(refused("inspect", good.data().toString(), "--dataset_version", "2"))
                .contains("has no version 2; wanted one from 1 to 1");
        assertThat(refused(
                        "inspect",
                        good.data().resolve("shards/shard-00001-00000.arrow").toString(),
                        "--dataset_version",
                        "1"))
                .contains("--dataset_version is 1, but", "is a shard, which has no versions");
    }

    @Test
    void aSettingThatNoTrainingRunsWithIsNamedFirst() {
        System.setProperty("spark.dynamicAllocation.enabled", "true");
        try {
            assertThat(refused(good.train(dir.resolve("none"), dir.resolve("model"), "--config_name=none")))
                    .contains("spark.dynamicAllocation.enabled is true");
        } finally {
            System.clearProperty("spark.dynamicAllocation.enabled");
        }
    }

    @Test
    void aRunDoesNotReplaceTheModelThatItBeginsWith() throws IOException {
        Path model = Files.createDirectories(dir.resolve("base"));
        Path weights = Files.createFile(model.resolve("model.safetensors"));
        Path link = Files.createSymbolicLink(dir.resolve("link"), model);

        assertThat(refused(good.train(good.data(), link, "--model_name_or_path=" + model, "--overwrite_output_dir")))
                .contains("output_dir " + link + " is model_name_or_path too");
        assertThat(weights).exists();
    }

    /** Before any process starts: the output directory does not come to be. */
    @Test
    void degreesThatDoNotFitAreRefusedWithThoseThatWould() {
        Path output = dir.resolve("model");
        String config = "--config_name=../conf/models/llama-tiny.json";
        assertThat(refused(good.train(good.data(), output, config, "--tensor_parallel_degree=2")))
                .contains("tensor_parallel_degree is 2, but this run has one process; start more with --num_processes");
        assertThat(refused(
                        good.train(good.data(), output, config, "--sharding=stage2", "--sharding_parallel_degree=4")))
                .contains("sharding_parallel_degree is 4, but this run has one process");
        assertThat(refused(good.train(good.data(), output, config, "--sharding=stage3")))
                .contains("sharding is stage3, but with 1 process", "there is nothing to shard over");
        assertThat(refused(good.train(good.data(), output, config, "--num_processes=6", "--tensor_parallel_degree=4")))
                .contains(
                        "tensor_parallel_degree is 4, but 6 processes and a model of 4 attention heads, 2 key and value"
                                + " heads and intermediate_size 384 allow [1, 2]; set it to one of these");
        assertThat(refused(good.train(
                        good.data(),
                        output,
                        config,
                        "--num_processes=4",
                        "--sharding=stage1",
                        "--sharding_parallel_degree=3")))
                .contains("sharding_parallel_degree is 3, which does not divide 4", "wanted one of [1, 2, 4]");
        assertThat(refused(good.train(good.data(), output, config, "--sequence_parallel", "--num_processes=2")))
                .contains("sequence_parallel is true but tensor_parallel_degree is 1");
        assertThat(refused(good.train(good.data(), output, config, "--cpus_per_process=2")))
                .contains("Spark can do that on standalone, YARN and Kubernetes only");
        assertThat(output).doesNotExist();
    }

    @Test
    void tooFewSlotsForTheMeshAreRefusedBeforeAProcessStarts() {
        Path output = dir.resolve("model");
        assertThat(refused(good.train(
                        good.data(),
                        output,
                        "--config_name=../conf/models/llama-tiny.json",
                        "--master=local[2]",
                        "--num_processes=4",
                        "--tensor_parallel_degree=2",
                        "--sharding=stage2")))
                .contains("training wants 4 tasks at the same time", "room for 2");
        assertThat(output).doesNotExist();
    }

    private static Path copyOf(Path from, Path to) throws IOException {
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path path : tree.toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
        return to;
    }
}
