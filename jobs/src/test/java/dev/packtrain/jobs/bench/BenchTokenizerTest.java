package dev.packtrain.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class BenchTokenizerTest {
    private static final String TOKENIZER =
            """
            {"version": "1.0", "pre_tokenizer": {"type": "Whitespace"},
             "added_tokens": [{"id": 2, "content": "</s>", "special": true, "single_word": false, "lstrip": false,
                               "rstrip": false, "normalized": false}],
             "model": {"type": "WordLevel", "vocab": {"pack": 0, "train": 1, "</s>": 2}, "unk_token": "</s>"}}
            """;

    @TempDir
    Path folder;

    @Test
    void bothWaysAreMeasuredAndTheFiguresWritten() throws Exception {
        Path tokenizer = Files.writeString(folder.resolve("tokenizer.json"), TOKENIZER);
        Path text = Files.writeString(folder.resolve("text.txt"), "pack train\n".repeat(1000));
        Path json = folder.resolve("figures.json");
        int status = new CommandLine(new BenchTokenizer())
                .execute(
                        "--tokenizer_name_or_path",
                        tokenizer.toString(),
                        "--text",
                        text.toString(),
                        "--seconds",
                        "0.1",
                        "--json",
                        json.toString());
        assertThat(status).isZero();
        JsonNode figures = new ObjectMapper().readTree(json.toFile());
        assertThat(figures.path("tokenizer").asText())
                .isEqualTo(
                        "the Hugging Face library, since the way in Java does not know the pre-tokenizer Whitespace");
        assertThat(figures.path("bytes").asLong()).isEqualTo(11_000);
        assertThat(figures.path("tokens").asLong()).isEqualTo(2_000);
        assertThat(figures.path("mb_per_second").asDouble()).isPositive();
    }
}
