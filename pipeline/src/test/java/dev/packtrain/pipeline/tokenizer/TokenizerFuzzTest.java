package dev.packtrain.pipeline.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The fuzz on a file of one's own; {@code docs/adr/0006-byte-level-bpe-in-java.md} has the command. */
@EnabledIfSystemProperty(named = "packtrain.fuzz.tokenizer", matches = ".+")
class TokenizerFuzzTest {
    @Test
    void tokensAndRangesEqualTheLibrarys() throws IOException {
        Path tokenizer = Path.of(System.getProperty("packtrain.fuzz.tokenizer"));
        String text = System.getProperty("packtrain.fuzz.text", "");
        long seed = Long.getLong("packtrain.fuzz.seed", 1);
        long count = Long.getLong("packtrain.fuzz.count", 100_000);
        String real = text.isEmpty() ? "" : Files.readString(Path.of(text));
        try (TokenizerFuzz fuzz = new TokenizerFuzz(TokenizerFiles.read(tokenizer), seed, real)) {
            assertThat(fuzz.firstDifference(count).map(TokenizerFuzz::escaped))
                    .as("%d texts of seed %d", count, seed)
                    .isEmpty();
        }
    }
}
