package dev.packtrain.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.jobs.progress.Screen;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plan needs a recipe and a config.json, and no Spark. */
class PlanCommandTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    Path dir;

    private int plan(String... options) {
        List<String> args = new ArrayList<>(List.of(
                "plan",
                "../conf/stage3.json",
                "--config_name=../conf/models/llama-tiny.json",
                "--config_overrides=vocab_size=32000"));
        args.addAll(List.of(options));
        return execute(args);
    }

    private int execute(List<String> args) {
        return CommandTree.execute(
                args.toArray(String[]::new),
                new Screen(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        false));
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void printsEverythingAndWritesTheSameAsJson() throws Exception {
        Path json = dir.resolve("plan.json");
        assertThat(plan("--gpus", "8", "--gpu_memory", "80", "--json", json.toString()))
                .as(err())
                .isZero();

        assertThat(out.toString(StandardCharsets.UTF_8))
                .containsPattern("weights +0\\.0011\n")
                .contains(
                        "4,686,720 parameters",
                        "8 GPUs: data 1 × shard 8 × tensor 1, stage3, recompute full",
                        "Memory of a rank",
                        "weights",
                        "gradients",
                        "states",
                        "activations",
                        "buffers",
                        "fits",
                        "reduce-scatter",
                        "all-gather",
                        "tokens/s",
                        "1 GPU: data 1 × shard 1 × tensor 1",
                        "--mfu 0.4");
        JsonNode plan = new ObjectMapper().readTree(Files.readString(json));
        assertThat(plan.get("parameters").longValue()).isEqualTo(4_686_720);
        assertThat(plan.get("mesh").get("shard").intValue()).isEqualTo(8);
        long sum = 0;
        for (String kind : List.of("weights", "gradients", "states", "activations", "buffers")) {
            sum += plan.get("bytes_per_rank").get(kind).longValue();
        }
        assertThat(plan.get("bytes_per_rank").get("total").longValue()).isEqualTo(sum);
        assertThat(plan.get("fits").booleanValue()).isTrue();
        assertThat(plan.get("smallest_mesh").get("gpus").intValue()).isEqualTo(1);
    }

    @Test
    void adaptersArePlannedWithTheirTargets() throws Exception {
        Path json = dir.resolve("plan.json");
        assertThat(plan("--lora", "--lora_rank", "4", "--gpus", "8", "--json", json.toString()))
                .as(err())
                .isZero();
        JsonNode plan = new ObjectMapper().readTree(Files.readString(json));
        long trained = plan.get("trained_parameters").longValue();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("%,d parameters by lora, the model is frozen".formatted(trained));
        assertThat(trained).isBetween(1L, plan.get("parameters").longValue() / 10);

        assertThat(plan("--gpus", "8", "--lora", "--lora_target_modules", "query"))
                .isEqualTo(ExitStatus.BAD_INPUT.code());
        assertThat(err()).contains("'query', which matches no linear");
    }

    @Test
    void methodsBesideTheLinearsArePlanned() throws Exception {
        Path json = dir.resolve("plan.json");
        assertThat(plan("--prefix_tuning", "--num_prefix_tokens", "16", "--gpus", "2", "--json", json.toString()))
                .as(err())
                .isZero();
        JsonNode plan = new ObjectMapper().readTree(Files.readString(json));
        assertThat(plan.get("trained_parameters").longValue())
                .isEqualTo(16L * 2 * 3 * 64); // keys and values of 3 blocks

        assertThat(plan("--gpus", "2", "--bottleneck_adapter", "--adapter_reduction_factor", "100000"))
                .isEqualTo(ExitStatus.BAD_INPUT.code());
        assertThat(err()).contains("adapter_reduction_factor is 100000");
    }

    @Test
    void degreesThatDoNotFitAreBadInput() {
        assertThat(plan("--gpus", "6", "--tensor_parallel_degree", "4")).isEqualTo(ExitStatus.BAD_INPUT.code());
        assertThat(err()).contains("tensor_parallel_degree is 4, but 6 processes", "allow [1, 2]", "with --gpus");
    }

    @Test
    void whatIsAssumedMustMakeSense() {
        assertThat(plan("--mfu", "1.5")).isEqualTo(ExitStatus.BAD_INPUT.code());
        assertThat(err()).contains("--mfu wants a share of at most 1");
        assertThat(plan("--gpus", "none")).isEqualTo(ExitStatus.BAD_INPUT.code());
        assertThat(err()).contains("--gpus wants a whole number from 1 to 99999999, got \"none\"");
        assertThat(plan("--document_tokens", "5000")).isEqualTo(ExitStatus.BAD_INPUT.code());
        assertThat(err()).contains("--document_tokens is 5000, but a pack has 4096");
        assertThat(plan("--gpu_memory", "2")).isEqualTo(ExitStatus.BAD_INPUT.code());
        assertThat(err()).contains("--gpu_reserve is 3.0 GiB of --gpu_memory 2.0 GiB, which leaves nothing");
    }

    @Test
    void longPacksArePlannedAndAbsurdOnesAreNotCounted() {
        assertThat(plan("--gpus", "2", "--max_length", "16777216")).as(err()).isZero();
        assertThat(plan("--gpus", "2", "--max_length", "16777216", "--gradient_accumulation_steps", "2000000000"))
                .isEqualTo(ExitStatus.BAD_INPUT.code());
        assertThat(err()).contains("a plan counts up to 1e+16", "look for a slip");
        assertThat(execute(List.of(
                        "plan",
                        "--config_name=../conf/models/llama-tiny.json",
                        "--config_overrides=vocab_size=500,hidden_size=8388608,num_hidden_layers=1000000,head_dim=32")))
                .isEqualTo(ExitStatus.BAD_INPUT.code());
        assertThat(err()).contains("a plan counts up to 1e+16");
    }

    @Test
    void aConfigWithoutAVocabularyIsExplained() {
        assertThat(CommandTree.execute(
                        new String[] {"plan", "--config_name=../conf/models/llama-tiny.json"},
                        new Screen(
                                new PrintStream(out, true, StandardCharsets.UTF_8),
                                new PrintStream(err, true, StandardCharsets.UTF_8),
                                false)))
                .isEqualTo(ExitStatus.BAD_INPUT.code());
        assertThat(err()).contains("has no vocab_size", "--config_overrides vocab_size=N");
    }
}
