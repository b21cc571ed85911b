package dev.packtrain.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OutcomeTest {
    @Test
    void theManifestSaysWhichVersionMadeIt() {
        assertThat(Outcome.createdBy("0.1.0")).isEqualTo("packtrain 0.1.0");
        assertThat(Outcome.createdBy(null)).isEqualTo("packtrain");
    }
}
