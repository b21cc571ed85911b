package dev.packtrain.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class BenchTrainTest {
    @TempDir
    Path dir;

    @Test
    void theOwnProcessGetsTheOptionsAndItsPartsAddUp() throws IOException {
        Path json = dir.resolve("figures.json");
        int status = new CommandLine(new BenchCommand())
                .execute(
                        "train",
                        "--vocab_size=500",
                        "--max_length=64",
                        "--documents=2",
                        "--bf16",
                        "--use_lowprecision_moment",
                        "--recompute=full",
                        "--num_threads=1",
                        "--warmup=1",
                        "--steps=1",
                        "--json=" + json);
        assertThat(status).isZero();
        JsonNode figures = new ObjectMapper().readTree(json.toFile());
        assertThat(figures.get("dtype").asText()).isEqualTo("bf16");
        assertThat(figures.get("recompute").asText()).isEqualTo("full");
        assertThat(figures.get("vocab_size").asInt()).isEqualTo(500);
        double parts = 0;
        for (String part : new String[] {"embedding", "blocks_forward", "loss", "blocks_backward", "optimizer"}) {
            parts += figures.get("seconds_" + part).asDouble();
        }
        double step = figures.get("step_seconds").asDouble();
        assertThat(parts).isCloseTo(step, within(0.02 * step));
        // 25.7 M parameters of the blocks and norms and twice 500 · 512: weight, remainder, gradient, two moments.
        long parameters = 8L * (4 * 512 * 512 + 3 * 512 * 1408 + 2 * 512) + 512 + 2L * 500 * 512;
        assertThat(figures.get("weights_gradients_moments").asLong()).isEqualTo(10 * parameters);
        assertThat(figures.get("peak_rss_bytes").asLong()).isGreaterThan(10 * parameters);
    }

    @Test
    void anUnknownRecomputationIsRefused() {
        BenchTrain bench = new BenchTrain();
        new CommandLine(bench).parseArgs("--recompute=attention");
        assertThat(catchThrowableOfType(BadInputException.class, bench::call))
                .hasMessage("--recompute is 'attention'; give none, full, full_attn or core_attn.");
    }

    /** Adapters alone have gradients and moments, and only a method whose products are counted has a limit. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {"{\"lora\": true, \"lora_rank\": 2}; true; 1", "{\"lokr\": true, \"lokr_dim\": 2}; false; 0.2"})
    void aMethodOfFineTuning(String peft, boolean counted, double most) throws IOException {
        Path json = dir.resolve("figures.json");
        int status = new CommandLine(new BenchCommand())
                .execute(
                        "train",
                        "--vocab_size=500",
                        "--max_length=64",
                        "--documents=2",
                        "--num_threads=1",
                        "--warmup=1",
                        "--steps=1",
                        "--peft=" + peft,
                        "--json=" + json);
        assertThat(status).isZero();
        JsonNode figures = new ObjectMapper().readTree(json.toFile());
        assertThat(figures.get("peft").asText()).isEqualTo(peft);
        assertThat(figures.has("limit_seconds")).isEqualTo(counted);
        assertThat(figures.has("share_of_limit")).isEqualTo(counted);
        long adapters = 8L * 2 * (4 * (512 + 512) + 3 * (512 + 1408));
        long frozen = 8L * (4 * 512 * 512 + 3 * 512 * 1408 + 2 * 512) + 512 + 2L * 500 * 512;
        assertThat((figures.get("weights_gradients_moments").asLong() - 4 * frozen) / (16.0 * adapters))
                .isGreaterThan(0)
                .isLessThanOrEqualTo(most);
    }
}
