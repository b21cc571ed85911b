package dev.packtrain.training.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Frequencies of published models as transformers has them, made by {@code docs/goldens/make_decoder_goldens.py}. */
class RopeScalingTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Of an fp32 power. */
    private static final Percentage ROUNDING = Percentage.withPercentage(1e-4);

    @TempDir
    Path dir;

    static Stream<Map.Entry<String, JsonNode>> published() throws IOException {
        try (InputStream in = RopeScalingTest.class.getResourceAsStream("/goldens/rope_frequencies.json")) {
            return JSON.readTree(in).properties().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("published")
    void frequenciesAreThoseOfTransformers(Map.Entry<String, JsonNode> golden) throws IOException {
        JsonNode expected = golden.getValue();
        int headDim = expected.get("head_dim").asInt();
        DecoderConfig.Rope rope = read(
                headDim,
                expected.get("max_position_embeddings").asInt(),
                Map.of("rope_parameters", expected.get("rope_parameters").toString()));

        double[] frequencies = rope.scaling()
                .frequencies(headDim, rope.theta(), expected.get("length").asInt());

        assertThat(frequencies).hasSize(headDim / 2);
        for (int i = 0; i < frequencies.length; i++) {
            assertThat(frequencies[i])
                    .as("frequency %d", i)
                    .isCloseTo(expected.get("frequencies").get(i).asDouble(), ROUNDING);
        }
        assertThat(rope.scaling().attentionFactor())
                .isCloseTo(expected.get("attention_factor").asDouble(), within(1e-12));
    }

    @Test
    void aDynamicBaseGrowsWithTheDocumentBeyondWhatTheModelKnows() {
        RopeScaling dynamic = new RopeScaling.DynamicNtk(2, 100);
        double[] plain = new RopeScaling.None().frequencies(8, 500, 1);
        assertThat(dynamic.frequencies(8, 500, 7)).isEqualTo(plain);
        assertThat(dynamic.frequencies(8, 500, 100)).isEqualTo(plain);
        assertThat(dynamic.frequencies(8, 500, 101)[3]).isLessThan(plain[3]);
        // Twice the length needs what NTK does with a stretch of 3.
        assertThat(dynamic.frequencies(8, 500, 200)).containsExactly(new RopeScaling.Ntk(3).frequencies(8, 500, 1));
    }

    @Test
    void ntkIsAnotherBaseAndStretchesTheSlowestFrequencyByItsFactor() {
        RopeScaling.Ntk ntk = new RopeScaling.Ntk(4);
        double[] stretched = ntk.frequencies(64, 10_000, 1);
        assertThat(stretched).isEqualTo(new RopeScaling.None().frequencies(64, ntk.base(64, 10_000), 1));
        double[] plain = new RopeScaling.None().frequencies(64, 10_000, 1);
        assertThat(stretched[0]).isEqualTo(1);
        assertThat(plain[31] / stretched[31]).isCloseTo(4, within(1e-9));
    }

    @Test
    void positionsReachAsFarAsTheScalingLeads() {
        assertThat(new RopeScaling.None().maxPositions(4096)).isEqualTo(4096);
        assertThat(new RopeScaling.Linear(2.5).maxPositions(4096)).isEqualTo(10_240);
        assertThat(new RopeScaling.Ntk(2).maxPositions(4096)).isEqualTo(8192);
        assertThat(new RopeScaling.DynamicNtk(2, 4096).maxPositions(4096)).isEqualTo(8192);
        assertThat(new RopeScaling.Yarn(4, 32_768, 32, 1, true, 1).maxPositions(32_768))
                .isEqualTo(131_072);
        assertThat(new RopeScaling.Llama3(8, 1, 4, 8192).maxPositions(131_072)).isEqualTo(131_072);
    }

    private DecoderConfig.Rope read(int headDim, int maxPositions, Map<String, String> overrides) throws IOException {
        Path file = Files.writeString(
                dir.resolve("config.json"),
                """
                {"model_type": "llama", "vocab_size": 10, "hidden_size": %d, "intermediate_size": 8,
                 "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": %d}
                """
                        .formatted(2 * headDim, maxPositions));
        return DecoderConfig.read(file, overrides).rope();
    }
}
