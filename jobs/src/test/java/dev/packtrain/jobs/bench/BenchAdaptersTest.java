package dev.packtrain.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class BenchAdaptersTest {
    @TempDir
    Path folder;

    private static void call(String... arguments) throws IOException {
        BenchAdapters command = new BenchAdapters();
        new CommandLine(command).parseArgs(arguments);
        command.call();
    }

    @Test
    void allProductsAreMeasuredInBothDtypes() throws Exception {
        Path json = folder.resolve("figures.json");
        call("--tokens", "40", "--widths", "96,70", "--ranks", "4,12", "--rounds", "1", "--json", json + "");
        JsonNode rows = new ObjectMapper().readTree(json.toFile()).path("rows");
        assertThat(rows).hasSize(2 * 2 * 2 * 4);
        for (JsonNode row : rows) {
            double kernels = row.path("kernels_ms").asDouble();
            assertThat(kernels).as(row.toString()).isPositive();
            assertThat(row.path("speedup").asDouble() * kernels)
                    .as(row.toString())
                    .isCloseTo(row.path("libtorch_ms").asDouble(), withinPercentage(0.1));
            double products = row.path("product").asText().contains("and") ? 2 : 1;
            double flops = products
                    * 2
                    * 40
                    * row.path("width").asDouble()
                    * row.path("rank").asDouble();
            assertThat(row.path("gflop_per_second").asDouble() * kernels * 1e6)
                    .as(row.toString())
                    .isCloseTo(flops, withinPercentage(0.1));
        }
    }

    @Test
    void whatCannotBeMeasuredIsRefused() {
        assertThatThrownBy(() -> call("--widths", "0")).hasMessageContaining("--widths [0]");
        assertThatThrownBy(() -> call("--ranks", "257")).hasMessageContaining("wanted 1 to 256");
        assertThatThrownBy(() -> call("--ranks", "0")).hasMessageContaining("wanted 1 to 256");
    }
}
