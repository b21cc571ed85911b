package dev.packtrain.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.kernels.FlashMasks;
import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class BenchAttentionTest {
    @TempDir
    Path folder;

    private static void call(String... arguments) throws IOException {
        BenchAttention command = new BenchAttention();
        new CommandLine(command).parseArgs(arguments);
        command.call();
    }

    @Test
    void everyMaskIsMeasuredInBothDtypes() throws Exception {
        Path json = folder.resolve("figures.json");
        String[] small = {"--max_length", "130", "--heads", "4", "--kv_heads", "2", "--head_dim", "32"};
        List<String> arguments = new ArrayList<>(List.of(small));
        arguments.addAll(List.of("--documents", "3", "--rounds", "1", "--all_masks", "--json", json.toString()));
        call(arguments.toArray(String[]::new));
        JsonNode figures = new ObjectMapper().readTree(json.toFile());
        assertThat(figures.path("fp32_matmul_gflops").asDouble()).isPositive();
        assertThat(figures.path("rows")).hasSize(2 * 13);
        for (JsonNode row : figures.path("rows")) {
            assertThat(row.path("fwd_ms").asDouble()).as(row.toString()).isPositive();
            assertThat(row.path("both_of_mm").asDouble()).as(row.toString()).isPositive();
            assertThat(row.path("seen").asDouble()).as(row.toString()).isBetween(1e-9, 1.0);
        }
        JsonNode causal = figures.path("rows").get(0);
        assertThat(causal.path("mask").asText()).isEqualTo("causal");
        assertThat(causal.path("tiles").asInt()).isEqualTo(6);
        assertThat(causal.path("alone").asInt()).isEqualTo(6);
        assertThat(causal.path("all_tiles").asInt()).isEqualTo(9);
        double flops = 4.0 * (130 * 131 / 2.0) * 4 * 32;
        assertThat(causal.path("fwd_gflops").asDouble())
                .isCloseTo(flops / (causal.path("fwd_ms").asDouble() / 1e3) / 1e9, withinPercentage(1e-6));
    }

    @Test
    void theTilesOfDocumentsAloneAreThoseOfEachFromItsOwnBeginning() {
        assertThat(AttentionMasks.tilesAlone(FlashMasks.causalDocument(new int[] {0, 65, 66, 130}), 64))
                .isEqualTo(3 + 1 + 1);
        assertThat(AttentionMasks.tilesAlone(FlashMasks.full(65), 64)).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "--device, tpu, wanted cpu or cuda",
        "--kv_heads, 3, key/value heads divide",
        "--documents, 5000, a token a document",
        "--rounds, 0, --rounds 0"
    })
    void whatCannotBeMeasuredIsRefused(String option, String value, String sentence) {
        BadInputException refused = catchThrowableOfType(BadInputException.class, () -> call(option, value));
        assertThat(refused).hasMessageContaining(sentence);
    }

    @Test
    void processorTimeIsThatOfOneThread() {
        BadInputException refused =
                catchThrowableOfType(BadInputException.class, () -> call("--processor_time", "--num_threads", "2"));
        assertThat(refused).hasMessageContaining("set --num_threads to 1 and");
    }
}
