package dev.packtrain.jobs.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.FusedKernels;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FusedKernelsKeyTest {
    private static Recipe training(String key, Boolean value, String device) {
        Map<String, Object> values = new LinkedHashMap<>(
                Map.of("dataset_name_or_path", "data", "output_dir", "out", "config_name", "c.json", "device", device));
        values.put(key, value);
        return Recipe.of(values);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "unset",
            value = {
                "unset, cuda, AUTO",
                "true, cuda, OWN",
                "false, cuda, LIBTORCH",
                "unset, cpu, AUTO",
                "true, cpu, OWN"
            })
    void theKeyDecides(Boolean value, String device, FusedKernels expected) {
        Settings settings = training("use_fused_kernels", value, device).resolve(Command.TRAIN);
        assertThat(TrainingRecipe.options(settings).model().fusedKernels()).isEqualTo(expected);
    }

    @Test
    void onTheCpuThereIsNothingElse() {
        assertThatThrownBy(() -> training("use_fused_kernels", false, "cpu").resolve(Command.TRAIN))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("use_fused_kernels is false but device is cpu");
    }

    @ParameterizedTest
    @CsvSource({"use_fused_rms_norm", "use_fused_rope", "use_fused_linear_cross_entropy"})
    void paddleNlpsKeysOfSingleKernelsNameTheOneThatThereIs(String key) {
        training(key, false, "cuda").resolve(Command.TRAIN);
        assertThatThrownBy(() -> training(key, true, "cuda").resolve(Command.TRAIN))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(key)
                .hasMessageContaining("use_fused_kernels chooses all of them");
    }
}
