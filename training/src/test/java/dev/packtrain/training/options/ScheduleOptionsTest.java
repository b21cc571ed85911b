package dev.packtrain.training.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleOptionsTest {
    @ParameterizedTest
    @CsvSource({"30, 0, warmup_steps is 30", "0, 0.03, warmup_ratio is 0.03", "30, 0.03, warmup_steps is 30"})
    void aWarmUpThatConstantDoesNotHaveIsRefused(int steps, double ratio, String problem) {
        assertThatThrownBy(() -> new ScheduleOptions(ScheduleOptions.Type.CONSTANT, steps, ratio))
                .isInstanceOf(BadInputException.class)
                .hasMessage(
                        "lr_scheduler_type is constant, which has no warm-up, but %s; set lr_scheduler_type to constant_with_warmup, or leave the warm-up out.",
                        problem);
    }

    @Test
    void typesAreNamedAsInRecipes() {
        assertThat(ScheduleOptions.Type.CONSTANT_WITH_WARMUP.key()).isEqualTo("constant_with_warmup");
    }
}
