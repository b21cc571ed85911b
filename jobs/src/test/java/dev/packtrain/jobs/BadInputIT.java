package dev.packtrain.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.jobs.cli.CommandTree;
import dev.packtrain.jobs.progress.Screen;
import dev.packtrain.packing.Manifest;
import dev.packtrain.pipeline.sample.SampleGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a person sees after a mistake: exit status 2, one sentence, nothing left behind. */
@Timeout(150)
class BadInputIT {
    private static final int NUM_GOOD_ROWS = 40;
    private static final int LARGE_ROW_BYTES = 50 << 20;

    @TempDir
    static Path shared;

    private static Path rows;
    private static Path tokenizer;
    private static Path data;

    @TempDir
    Path dir;

    private record Ended(int status, String out, String err) {}

    @BeforeAll
    static void prepareGoodData() throws IOException {
        System.setProperty("packtrain.log.file", shared.resolve("run.log").toString());
        rows = shared.resolve("rows.jsonl");
        new SampleGenerator(1).writeTo(rows, NUM_GOOD_ROWS);
        tokenizer = shared.resolve("tokenizer");
        data = shared.resolve("data");
        assertThat(run("tokenizer", "--dataset_name_or_path=" + rows, "--output_dir=" + tokenizer, "--vocab_size=300")
                        .status())
                .isZero();
        assertThat(run(prepare(rows, data)).status()).isZero();
    }

    private static String[] prepare(Path input, Path output, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "prepare",
                "--dataset_name_or_path=" + input,
                "--tokenizer_name_or_path=" + tokenizer,
                "--output_dir=" + output,
                "--max_length=256",
                "--zero_padding"));
        args.addAll(List.of(more));
        return args.toArray(String[]::new);
    }

    private static String[] train(Path dataset, Path output, String... more) {
        List<String> args = new ArrayList<>(
                List.of("train", "--dataset_name_or_path=" + dataset, "--output_dir=" + output, "--max_steps=1"));
        args.addAll(List.of(more));
        return args.toArray(String[]::new);
    }

    private static Ended run(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream processErr = System.err;
        try {
            PrintStream captured = new PrintStream(err, true, StandardCharsets.UTF_8);
            System.setErr(captured);
            int status = CommandTree.execute(
                    args, new Screen(new PrintStream(out, true, StandardCharsets.UTF_8), captured, false));
            return new Ended(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setErr(processErr);
        }
    }

    /** The one sentence of a command that is refused. */
    private static String refused(String... args) {
        Ended ended = run(args);
        assertThat(ended.err().lines())
                .as("lines on standard error: %s", ended.err())
                .hasSize(1);
        assertThat(ended.err()).startsWith("packtrain: ").doesNotContain("Exception");
        assertThat(ended.status()).as(ended.err()).isEqualTo(2);
        System.out.print(ended.err());
        return ended.err();
    }

    private static void assertNothingIn(Path output) throws IOException {
        if (Files.exists(output)) {
            try (Stream<Path> children = Files.list(output)) {
                assertThat(children).isEmpty();
            }
        }
    }

    @Test
    void badRowsAreSetAsideAndNamedWhileGoodOnesArePrepared() throws IOException {
        Path mixed = dir.resolve("mixed.jsonl");
        try (OutputStream file = Files.newOutputStream(mixed)) {
            file.write(Files.readAllBytes(rows));
            line(file, "{\"src\": \"a\", \"tgt\":");
            line(file, "{\"src\": \"a\"}");
            line(file, "{\"src\": 5, \"tgt\": \"b\"}");
            line(file, "{\"src\": \"a\", \"tgt\": \"\"}");
            file.write(new byte[] {'{', '"', 's', 'r', 'c', '"', ':', '"', (byte) 0xC3, '(', '"', '}', '\n'});
            line(file, "{\"src\": \"a\", \"tgt\": \"b\u0000c\"}");
            line(file, "{\"src\": \"a\", \"tgt\": \"" + "x".repeat(LARGE_ROW_BYTES) + "\"}");
            line(file, "{\"src\": \"a\", \"tgt\": \"" + "long ".repeat(2000) + "\"}");
        }
        Path output = dir.resolve("out");

        Ended ended = run(prepare(mixed, output));

        assertThat(ended.err()).isEmpty();
        assertThat(ended.status()).isZero();
        System.out.print(ended.out());
        assertThat(ended.out()).contains("48 read, 41 kept, 7 rejected", "see " + output + "/rejected");
        assertThat(Manifest.read(output.resolve(Manifest.FILE_NAME)).counts().rowsTruncated())
                .isPositive();
        String rejected = Files.readString(output.resolve("rejected/rejected-00001-00000.jsonl"));
        assertThat(rejected.lines()).hasSize(7).allMatch(line -> line.contains("mixed.jsonl"));
        List<String> reasons =
                List.of("malformed_json", "missing_field", "wrong_type", "empty", "invalid_utf8", "nul", "too_long");
        for (int i = 0; i < reasons.size(); i++) {
            int lineNumber = NUM_GOOD_ROWS + 1 + i;
            assertThat(rejected.lines().toList().get(i)).contains(reasons.get(i), String.valueOf(lineNumber));
        }
    }

    private static void line(OutputStream file, String text) throws IOException {
        file.write((text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void anInputWithoutRowsIsRefused() throws IOException {
        Path empty = Files.createFile(dir.resolve("empty.jsonl"));
        Path output = dir.resolve("out");
        assertThat(refused(prepare(empty, output))).contains(empty.getFileName().toString(), "no rows");
        assertNothingIn(output);
    }

    @Test
    void anInputThatIsNotThereIsRefused() throws IOException {
        Path output = dir.resolve("out");
        assertThat(refused(prepare(dir.resolve("none.jsonl"), output))).contains("none.jsonl", "nothing is there");
        assertNothingIn(output);
    }

    @Test
    void anOutputBelowAFileIsRefused() {
        assertThat(refused(prepare(rows, rows.resolve("below")))).contains("output_dir", "rows.jsonl");
    }

    @Test
    void anOutputThatExistsIsLeftAsItIs() throws IOException {
        String before = Files.readString(data.resolve(Manifest.FILE_NAME));
        assertThat(refused(prepare(rows, data))).contains("holds a data set already", "--overwrite_output_dir");
        assertThat(Files.readString(data.resolve(Manifest.FILE_NAME))).isEqualTo(before);
    }

    @Test
    void anUnknownKeyIsRefusedBeforeSparkStarts() throws IOException {
        Path output = dir.resolve("out");
        assertThat(refused(prepare(rows, output, "--max_lenght", "5"))).contains("did you mean --max_length?");
        assertThat(output).doesNotExist();
    }

    @Test
    void anOutputThatAnotherJobWritesIsRefusedAtOnce() throws IOException {
        Path output = Files.createDirectories(dir.resolve("out"));
        Files.writeString(output.resolve("_packtrain.lock"), "another job");
        assertThat(refused(prepare(rows, output))).contains("is being written by another job (another job)");
        try (Stream<Path> children = Files.list(output)) {
            assertThat(children).containsExactly(output.resolve("_packtrain.lock"));
        }
    }

    @Test
    void aChangedByteInAShardIsNamedBeforeTraining() throws IOException {
        Path copy = copyOf(data, dir.resolve("copy"));
        Path shard = copy.resolve("shards/shard-00001-00000.arrow");
        byte[] bytes = Files.readAllBytes(shard);
        bytes[bytes.length / 2] ^= 1;
        Files.write(shard, bytes);
        Path output = dir.resolve("model");

        assertThat(refused(train(copy, output, "--config_name=../conf/models/llama-tiny.json")))
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
                Files.readString(tokenizer.resolve("tokenizer.json")).strip() + "\n\n");
        Path output = dir.resolve("model");

        assertThat(refused(train(data, output, "--model_name_or_path=" + model)))
                .contains("is not the tokenizer that the shards in");
        assertThat(output.resolve("model.safetensors")).doesNotExist();
    }

    @Test
    void preferencesAreNotTrainedOn() throws IOException {
        Path pairs = dir.resolve("pairs.jsonl");
        Files.writeString(
                pairs, "{\"src\":[\"a\"],\"tgt\":[],\"response\":[[\"b\"],[\"c\"]],\"sort\":[1,0]}\n".repeat(3));
        Path prepared = dir.resolve("pairs");
        assertThat(run(prepare(pairs, prepared)).status()).isZero();
        Path output = dir.resolve("model");

        assertThat(refused(train(prepared, output, "--config_name=../conf/models/llama-tiny.json")))
                .contains("holds preference examples, which supervised fine-tuning cannot learn from");
        assertThat(output.resolve("model.safetensors")).doesNotExist();
    }

    @Test
    void aVersionOfTheDataThatIsNotThereIsRefused() {
        Path output = dir.resolve("model");
        assertThat(refused(train(data, output, "--config_name=../conf/models/llama-tiny.json", "--dataset_version=7")))
                .contains("has no version 7; wanted one from 1 to 1");
        assertThat(output).doesNotExist();
        assertThat(refused("inspect", data.toString(), "--dataset_version", "2"))
                .contains("has no version 2; wanted one from 1 to 1");
        assertThat(refused(
                        "inspect",
                        data.resolve("shards/shard-00001-00000.arrow").toString(),
                        "--dataset_version",
                        "1"))
                .contains("--dataset_version is 1, but", "is a shard, which has no versions");
    }

    /** Before any process starts: the output directory does not come to be. */
    @Test
    void degreesThatDoNotFitAreRefusedWithThoseThatWould() {
        Path output = dir.resolve("model");
        String config = "--config_name=../conf/models/llama-tiny.json";
        assertThat(refused(train(data, output, config, "--tensor_parallel_degree=2")))
                .contains("tensor_parallel_degree is 2, but this run has one process; start more with --num_processes");
        assertThat(refused(train(data, output, config, "--sharding=stage2", "--sharding_parallel_degree=4")))
                .contains("sharding_parallel_degree is 4, but this run has one process");
        assertThat(refused(train(data, output, config, "--sharding=stage3")))
                .contains("sharding is stage3, but with 1 process", "there is nothing to shard over");
        assertThat(refused(train(data, output, config, "--num_processes=6", "--tensor_parallel_degree=4")))
                .contains(
                        "tensor_parallel_degree is 4, but 6 processes and a model of 4 attention heads, 2 key and value"
                                + " heads and intermediate_size 384 allow [1, 2]; set it to one of these");
        assertThat(refused(train(
                        data,
                        output,
                        config,
                        "--num_processes=4",
                        "--sharding=stage1",
                        "--sharding_parallel_degree=3")))
                .contains("sharding_parallel_degree is 3, which does not divide 4", "wanted one of [1, 2, 4]");
        assertThat(refused(train(data, output, config, "--sequence_parallel", "--num_processes=2")))
                .contains("sequence_parallel is true but tensor_parallel_degree is 1");
        assertThat(refused(train(data, output, config, "--cpus_per_process=2")))
                .contains("Spark can do that on standalone, YARN and Kubernetes only");
        assertThat(output).doesNotExist();
    }

    @Test
    void tooFewSlotsForTheMeshAreRefusedBeforeAProcessStarts() {
        Path output = dir.resolve("model");
        assertThat(refused(train(
                        data,
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
