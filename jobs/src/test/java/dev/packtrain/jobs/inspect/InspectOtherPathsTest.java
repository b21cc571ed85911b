package dev.packtrain.jobs.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.jobs.cli.Capture;
import dev.packtrain.training.checkpoint.CheckpointSaver;
import dev.packtrain.training.checkpoint.Checkpoints;
import dev.packtrain.training.checkpoint.RunIdentity;
import dev.packtrain.training.checkpoint.StatePiece;
import dev.packtrain.training.checkpoint.TrainerState;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.TensorSplit;
import dev.packtrain.training.options.Precision;
import dev.packtrain.training.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectOtherPathsTest {
    private static final String CONFIG =
            """
            {"model_type": "llama", "vocab_size": 7, "hidden_size": 8, "intermediate_size": 16,
             "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2}
            """;

    @TempDir
    Path dir;

    @BeforeAll
    static void log() {
        Capture.logToTarget();
    }

    @Test
    void shardOfADataSetUsesItsTokenizer() throws IOException {
        Path shard = TinyDataSet.write(dir.resolve("data")).resolve(TinyDataSet.SHARD);

        Capture run = Capture.of("inspect", shard.toString(), "--pack", "0", "--verify");

        assertThat(run.status()).isZero();
        assertThat(run.out())
                .startsWith("shard " + shard)
                .containsPattern("rows +2\n")
                .containsPattern("max length +9\n")
                .containsPattern("tokens +9\n")
                .containsPattern("verified +size and SHA-256\n")
                .contains("[red coat] warm </s>");
    }

    @Test
    void shardAloneShowsIds() throws IOException {
        Path alone = dir.resolve("alone.arrow");
        Files.copy(TinyDataSet.write(dir.resolve("data")).resolve(TinyDataSet.SHARD), alone);

        assertThat(Capture.of("inspect", alone.toString(), "--pack", "0").out()).contains("    [0 1]2 4\n");
        Capture verifying = Capture.of("inspect", alone.toString(), "--verify");
        assertThat(verifying.status()).isEqualTo(2);
        assertThat(verifying.err()).contains("--verify needs the manifest.json");
    }

    @Test
    void modelShowsItsConfigurationAndParameters() throws IOException {
        Path model = model(dir.resolve("model"));

        Capture run = Capture.of("inspect", model.toString());

        assertThat(run.status()).isZero();
        assertThat(run.out())
                .containsPattern("num hidden layers +3\n")
                .containsPattern("hidden size +8\n")
                .containsPattern("parameters +10\n")
                .containsPattern("dtype +BF16, F32\n")
                .containsPattern("tokenizer sha256 +none\n")
                .containsPattern("checkpoints +none\n");
        for (String name : List.of("checkpoint-500", "checkpoint-1000")) {
            Files.writeString(Files.createDirectory(model.resolve(name)).resolve("checkpoint.json"), "{}");
        }
        assertThat(Capture.of("inspect", model.toString()).out())
                .containsPattern("checkpoints +checkpoint-500, checkpoint-1000\n");
        assertThat(Capture.of("inspect", model.toString(), "--verify").err()).contains("needs recorded checksums");
        assertThat(Capture.of("inspect", model.toString(), "--pack", "1").err()).contains("has no packs");
    }

    @Test
    void checkpointShowsItsStepAndIsAlwaysVerified() throws Exception {
        writeCheckpoint();
        Path checkpoint = dir.resolve("checkpoint-40");

        assertThat(Capture.of("inspect", checkpoint.toString()).out())
                .containsPattern("parameters +10\n")
                .containsPattern("tensors +2\n")
                .containsPattern("dtype +BF16, F32\n")
                .containsPattern("weight bytes +32 B")
                .containsPattern("step +40\n")
                .containsPattern("total steps +100\n")
                .containsPattern("epoch +1.500\n")
                .containsPattern("mean loss +2.000\n")
                .containsPattern("dataset sha256 +" + "ab".repeat(32))
                .containsPattern("verified +every file's size and SHA-256\n");

        Files.writeString(checkpoint.resolve("config.json"), CONFIG + " ");
        Capture broken = Capture.of("inspect", checkpoint.toString());
        assertThat(broken.status()).isEqualTo(2);
        assertThat(broken.out()).containsPattern("verified +BROKEN: config.json has");
        assertThat(broken.err()).contains("is broken: config.json has").hasLineCount(1);
    }

    /** Of two tensors, with six fp32 and four bf16 elements, as one rank writes it. */
    private void writeCheckpoint() throws Exception {
        TorchRuntime.start(1);
        RunIdentity identity = new RunIdentity("ab".repeat(32), 7, 4, Precision.FP32);
        TrainerState state = new TrainerState(
                identity,
                40,
                1.5,
                3,
                100,
                2,
                80,
                TrainerState.start(identity, 1, 1).window());
        CheckpointSaver.Member alone = new CheckpointSaver.Member(0, 1, "run", Duration.ofSeconds(30));
        try (CheckpointSaver saver = new CheckpointSaver(new Checkpoints(dir), alone, 0, true, written -> {})) {
            List<StatePiece> pieces = List.of(
                    piece("a", torch.zeros(6), 2, 3), piece("b", torch.zeros(4).to(torch.ScalarType.BFloat16), 4));
            saver.save(40, pieces, folder -> {
                Files.writeString(folder.resolve("config.json"), CONFIG);
                state.write(folder);
            });
            saver.finish();
        }
    }

    private static StatePiece piece(String name, Tensor flat, long... shape) {
        return new StatePiece(name, StatePiece.Kind.WEIGHT, TensorSplit.whole(shape), 0, flat, true);
    }

    @Test
    void anAdapterShowsWhatItIsAndADirectoryListsIts() throws IOException {
        Path adapters = Files.createDirectory(dir.resolve("adapters"));
        Path one = Files.createDirectory(adapters.resolve("one"));
        TorchRuntime.start(1);
        Files.writeString(
                one.resolve("adapter_config.json"),
                "{\"peft_type\": \"LORA\", \"r\": 2, \"base_model_name_or_path\": \"/models/base\"}");
        String module = "base_model.model.model.layers.0.self_attn.q_proj.";
        Map<String, Tensor> tensors =
                Map.of(module + "lora_A.weight", torch.zeros(2, 6), module + "lora_B.weight", torch.zeros(4, 2));
        SafetensorsWriter.write(one.resolve("adapter_model.safetensors"), tensors, Map.of("format", "pt"));

        Capture shown = Capture.of("inspect", one.toString());
        assertThat(shown.status()).isZero();
        assertThat(shown.out())
                .containsPattern("method +lora\n")
                .containsPattern("parameters +20\n")
                .containsPattern("base +/models/base\n");

        Capture listed = Capture.of("inspect", adapters.toString());
        assertThat(listed.status()).isZero();
        assertThat(listed.out()).containsPattern("adapters +1\n").contains("one", "LORA");
    }

    @Test
    void anythingElseGetsOneSentence() throws IOException {
        Path text = Files.writeString(dir.resolve("notes.txt"), "ARROW");
        Path empty = Files.createDirectory(dir.resolve("empty"));
        for (Path path : new Path[] {text, empty, dir.resolve("absent")}) {
            Capture run = Capture.of("inspect", path.toString());

            assertThat(run.status()).isEqualTo(2);
            assertThat(run.out()).isEmpty();
            assertThat(run.err())
                    .startsWith("packtrain: " + path)
                    .contains("give the local path of")
                    .hasLineCount(1);
        }
    }

    @Test
    void jsonIntoAMissingFolderGetsOneSentence() throws IOException {
        Capture run = Capture.of(
                "inspect",
                model(dir.resolve("model")).toString(),
                "--json",
                dir.resolve("absent/x.json").toString());

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("cannot write --json");
    }

    /** Two tensors: six fp32 and four bf16 elements. */
    private static Path model(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), CONFIG);
        byte[] header =
                """
                {"a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
                 "b": {"dtype": "BF16", "shape": [4], "data_offsets": [24, 32]}}
                """
                        .getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + header.length + 32).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(header.length).put(header);
        Files.write(folder.resolve("model.safetensors"), file.array());
        return folder;
    }
}
