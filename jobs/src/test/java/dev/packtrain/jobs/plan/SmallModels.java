package dev.packtrain.jobs.plan;

import dev.packtrain.training.model.DecoderConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/** A {@code config.json} of every family. */
final class SmallModels {
    private static final String SHAPE =
            """
            "vocab_size": 101, "hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 3,
            "num_attention_heads": 8, "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 512
            """;

    private SmallModels() {}

    static Stream<DecoderConfig> all(Path dir) {
        return Stream.of(
                        "\"model_type\": \"llama\"",
                        "\"model_type\": \"llama\", \"attention_bias\": true",
                        "\"model_type\": \"qwen2\"",
                        "\"model_type\": \"qwen3\"",
                        "\"model_type\": \"qwen3\", \"attention_bias\": true",
                        "\"model_type\": \"mistral\", \"sliding_window\": 64")
                .flatMap(family -> Stream.of(true, false).map(tied -> read(dir, family, tied)));
    }

    static DecoderConfig read(Path dir, String family, boolean tied) {
        try {
            Path file = dir.resolve("config.json");
            Files.writeString(file, "{%s, \"tie_word_embeddings\": %s, %s}".formatted(family, tied, SHAPE));
            return DecoderConfig.read(file, Map.of());
        } catch (IOException unwritable) {
            throw new java.io.UncheckedIOException(unwritable);
        }
    }
}
