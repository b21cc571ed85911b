package dev.packtrain.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class BenchCheckpointTest {
    @TempDir
    Path dir;

    @Test
    void aCheckpointIsWrittenWholeAndTheDirectoryIsLeftEmpty() throws IOException {
        Path json = dir.resolve("figures.json");
        Path work = dir.resolve("work");
        int status = new CommandLine(new BenchCommand())
                .execute(
                        "checkpoint",
                        "--hidden_size=64",
                        "--rounds=1",
                        "--num_threads=1",
                        "--work_dir=" + work,
                        "--json=" + json);
        assertThat(status).isZero();
        JsonNode figures = new ObjectMapper().readTree(json.toFile());
        long parameters = 8L * (4 * 64 * 64 + 3 * 64 * 128 + 2 * 64) + 64 + 2L * 8000 * 64;
        assertThat(figures.get("parameters").asLong()).isEqualTo(parameters);
        // Weights and two moments in fp32, and the files beside them.
        assertThat(figures.get("checkpoint_bytes").asLong()).isBetween(12 * parameters, 12 * parameters + 200_000);
        double pause = figures.get("pause_seconds").asDouble();
        assertThat(pause)
                .isPositive()
                .isLessThan(figures.get("complete_seconds").asDouble());
        assertThat(figures.get("cost_seconds").asDouble()).isFinite();
        assertThat(work).isEmptyDirectory();
    }
}
