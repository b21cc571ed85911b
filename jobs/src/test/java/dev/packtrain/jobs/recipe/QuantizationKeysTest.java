package dev.packtrain.jobs.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.options.QuantizationOptions.Algorithm;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QuantizationKeysTest {
    private static QuantizationOptions options(Map<String, Object> more) {
        Map<String, Object> all = new HashMap<>(
                Map.of("dataset_name_or_path", "d", "model_name_or_path", "m", "output_dir", "o", "lora", true));
        all.putAll(more);
        return TrainingRecipe.options(Recipe.of(all).resolve(Command.TRAIN))
                .model()
                .quantization();
    }

    @Test
    void theBaseIsKeptAsTheKeysSay() {
        assertThat(options(Map.of())).isNull();
        assertThat(options(Map.of("weight_quantize_algo", "nf4")))
                .isEqualTo(QuantizationOptions.of(Algorithm.NF4, false));
        assertThat(options(Map.of(
                        "weight_quantize_algo",
                        "fp4",
                        "qlora_weight_blocksize",
                        32,
                        "qlora_weight_double_quant",
                        true,
                        "qlora_weight_double_quant_block_size",
                        128)))
                .isEqualTo(new QuantizationOptions(Algorithm.FP4, 32, true, 128));
        assertThat(options(Map.of("qlora_weight_blocksize", 64, "weight_double_quant", false)))
                .as("PaddleNLP's defaults, spelled out")
                .isNull();
    }

    @Test
    void contradictionsAreNamed() {
        assertRefused(Map.of("weight_quantize_algo", "nf3"), "wants one of");
        assertRefused(Map.of("weight_quantize_algo", "nf4", "lora", false), "no adapters are trained");
        assertRefused(Map.of("qlora_weight_double_quant", true), "weight_quantize_algo is not");
        assertRefused(Map.of("weight_double_quant", true), "Packtrain calls it qlora_weight_double_quant");
        assertRefused(
                Map.of("weight_quantize_algo", "weight_only_int8", "qlora_weight_double_quant", true),
                "wanted nf4 or fp4");
    }

    @Test
    void anAdapterIsMergedIntoWhatItWasTrainedOnUnlessAsked() {
        Map<String, Object> merge = Map.of("lora_path", "a", "output_dir", "o");
        assertThat(QuantizationKeys.mergesIntoOriginal(Recipe.of(merge).resolve(Command.MERGE)))
                .isFalse();
        Map<String, Object> original = new HashMap<>(merge);
        original.put("merge_base", "original");
        assertThat(QuantizationKeys.mergesIntoOriginal(Recipe.of(original).resolve(Command.MERGE)))
                .isTrue();
    }

    private static void assertRefused(Map<String, Object> more, String sentence) {
        assertThatThrownBy(() -> options(more))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(sentence);
    }
}
