package dev.packtrain.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class BenchQuantizedTest {
    @TempDir
    Path folder;

    private static void call(String... arguments) throws IOException {
        BenchQuantized command = new BenchQuantized();
        new CommandLine(command).parseArgs(arguments);
        command.call();
    }

    @Test
    void bothProductsAreMeasuredInBothDtypes() throws Exception {
        Path json = folder.resolve("figures.json");
        call("--out", "96", "--in", "130", "--tokens", "1,40", "--rounds", "1", "--double_quant", "--json", json + "");
        JsonNode rows = new ObjectMapper().readTree(json.toFile()).path("rows");
        assertThat(rows).hasSize(2 * 2 * 2 * 2);
        for (JsonNode row : rows) {
            for (String name : new String[] {"libtorch_ms", "fused_ms", "panels_ms"}) {
                assertThat(row.path(name).asDouble()).as(row.toString()).isPositive();
            }
            assertThat(row.path("fused_speedup").asDouble()
                            * row.path("fused_ms").asDouble())
                    .as(row.toString())
                    .isCloseTo(
                            row.path("libtorch_ms").asDouble(), org.assertj.core.api.Assertions.withinPercentage(0.1));
        }
    }

    @Test
    void whatCannotBeMeasuredIsRefused() {
        assertThatThrownBy(() -> call("--tokens", "0")).hasMessageContaining("--tokens [0]");
        assertThatThrownBy(() -> call("--processor_time")).hasMessageContaining("--num_threads is 2");
        assertThatThrownBy(() -> call("--algorithms", "nf3")).hasMessageContaining("such as nf4");
    }
}
