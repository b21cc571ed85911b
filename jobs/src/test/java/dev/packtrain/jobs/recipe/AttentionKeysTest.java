package dev.packtrain.jobs.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.AttentionOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttentionKeysTest {
    private static Recipe training(Boolean useFlashAttention, Boolean flashMask) {
        Map<String, Object> values = new LinkedHashMap<>(
                Map.of("dataset_name_or_path", "data", "output_dir", "out", "config_name", "c.json"));
        values.put("use_flash_attention", useFlashAttention);
        values.put("flash_mask", flashMask);
        return Recipe.of(values);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "unset",
            value = {
                "unset, unset, AUTO",
                "unset, false, AUTO",
                "true, unset, FLASH",
                "unset, true, FLASH",
                "true, true, FLASH",
                "true, false, FLASH",
                "false, unset, PLAIN",
                "false, false, PLAIN",
            })
    void theTwoKeysDecide(Boolean useFlashAttention, Boolean flashMask, AttentionOption expected) {
        Settings settings = training(useFlashAttention, flashMask).resolve(Command.TRAIN);
        assertThat(TrainingRecipe.options(settings).model().attention()).isEqualTo(expected);
    }

    @Test
    void aFlashMaskWithoutFlashAttentionIsRefused() {
        assertThatThrownBy(() -> training(false, true).resolve(Command.TRAIN))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("flash_mask is true but use_flash_attention is false");
    }
}
