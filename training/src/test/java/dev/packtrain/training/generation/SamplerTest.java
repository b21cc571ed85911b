package dev.packtrain.training.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.BadInputException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
    /** Probabilities 0.5, 0.3, 0.15, 0.05 of tokens 2, 0, 3, 1. */
    private static final float[] LOGITS = {
        (float) Math.log(0.3), (float) Math.log(0.05), (float) Math.log(0.5), (float) Math.log(0.15)
    };

    @Test
    void temperatureZeroTakesTheLikeliest() {
        assertThat(shares(0, 0, 1)).containsExactly(0, 0, 1, 0);
    }

    @Test
    void allTokensComeByTheirProbability() {
        assertThat(shares(1, 0, 1)).containsExactly(new double[] {0.3, 0.05, 0.5, 0.15}, within(0.02));
    }

    @Test
    void topKKeepsTheLikeliest() {
        assertThat(shares(1, 2, 1)).containsExactly(new double[] {0.375, 0, 0.625, 0}, within(0.02));
    }

    @Test
    void topPKeepsTheFewestThatReachIt() {
        assertThat(shares(1, 0, 0.85))
                .containsExactly(new double[] {0.3 / 0.95, 0, 0.5 / 0.95, 0.15 / 0.95}, within(0.02));
    }

    @Test
    void aLowTemperatureSharpens() {
        double sum = 0.09 + 0.0025 + 0.25 + 0.0225;
        assertThat(shares(0.5, 0, 1))
                .containsExactly(new double[] {0.09 / sum, 0.0025 / sum, 0.25 / sum, 0.0225 / sum}, within(0.02));
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void logitsThatAreNoFiniteNumbersAreRefused(float logit) {
        Sampler sampler = new Sampler(new GenerationOptions(1, 1, 0, 1, 1, Set.of()));
        assertThatThrownBy(() -> sampler.next(new float[] {0, logit, 1}))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("The model gives " + logit + " as the logit of a token");
    }

    private static double[] shares(double temperature, int topK, double topP) {
        Sampler sampler = new Sampler(new GenerationOptions(1, temperature, topK, topP, 1, Set.of()));
        int draws = 20_000;
        double[] shares = new double[LOGITS.length];
        for (int i = 0; i < draws; i++) {
            shares[sampler.next(LOGITS)] += 1.0 / draws;
        }
        return java.util.Arrays.stream(shares)
                .map(share -> Math.round(share * 1e9) / 1e9)
                .toArray();
    }
}
