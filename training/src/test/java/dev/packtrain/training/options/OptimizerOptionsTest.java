package dev.packtrain.training.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptimizerOptionsTest {
    @ParameterizedTest
    @CsvSource({
        "1, 0.999, 1e-8, adam_beta1 is 1.0",
        "-0.1, 0.999, 1e-8, adam_beta1 is -0.1",
        "0.9, 1, 1e-8, adam_beta2 is 1.0",
        "0.9, 0.999999999999, 1e-8, adam_beta2 is 0.999999999999",
        "0.9, 0.999, 0, adam_epsilon is 0.0",
        "0.9, 0.999, 1e-50, adam_epsilon is 1.0E-50",
        "0.9, 0.999, NaN, adam_epsilon is NaN"
    })
    void whatAdamWWouldDivideByIsRefusedByName(double beta1, double beta2, double epsilon, String problem) {
        assertThatThrownBy(() -> new OptimizerOptions(1e-3, 0, beta1, beta2, epsilon, 1, false))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(problem + ", wanted a number");
    }

    @Test
    void noDecayOfMomentsNoClippingAndNoLearningAreAllowed() {
        assertThat(new OptimizerOptions(0, 0, 0, 0, 1e-30, 0, false).adamEpsilon())
                .isEqualTo(1e-30);
    }
}
