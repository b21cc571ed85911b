package dev.packtrain.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class BenchScalingTest {
    @TempDir
    Path dir;

    @Test
    void layoutsAreMeasuredBesideOneProcess() throws IOException {
        Path json = dir.resolve("figures.json");
        int status = new CommandLine(new BenchCommand())
                .execute(
                        "scaling",
                        "--vocab_size=64",
                        "--max_length=32",
                        "--documents=2",
                        "--layouts=stage3,tp2+sp",
                        "--rounds=1",
                        "--warmup=1",
                        "--steps=1",
                        "--json=" + json);
        assertThat(status).isZero();
        JsonNode layouts = new ObjectMapper().readTree(json.toFile()).get("layouts");
        assertThat(layouts.findValuesAsText("layout")).containsExactly("alone", "stage3", "tp2+sp");
        JsonNode alone = layouts.get(0);
        assertThat(alone.get("ratio").asDouble()).isEqualTo(1);
        assertThat(alone.get("communication_share").asDouble()).isZero();
        for (int i = 1; i < layouts.size(); i++) {
            JsonNode spread = layouts.get(i);
            assertThat(spread.get("tokens_per_second").asDouble()
                            / spread.get("ratio").asDouble()
                            / alone.get("tokens_per_second").asDouble())
                    .isBetween(1 - 1e-9, 1 + 1e-9);
            assertThat(spread.get("communication_share").asDouble()).isBetween(1e-6, 1.0);
            assertThat(spread.get("peak_rss_gb").asDouble()).isPositive();
        }
    }

    @Test
    void anUnknownLayoutIsRefusedWithThoseThatThereAre() {
        assertThatThrownBy(() -> ScalingLayout.of("tp3"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("tp3")
                .hasMessageContaining("tp2+sp");
    }
}
